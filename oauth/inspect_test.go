package oauth

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInspect(t *testing.T) {
	token := func(payload string) Secret {
		return NewSecret("e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".sig")
	}
	cases := map[string]struct {
		token Secret
		want  Claims
		ok    bool
	}{
		"delegated": {
			token(`{"aud":"https://outlook.office.com","scp":"IMAP.AccessAsUser.All SMTP.Send","tid":"t","appid":"a","upn":"u@x","exp":1795341600}`),
			Claims{Audience: "https://outlook.office.com", Scopes: []string{"IMAP.AccessAsUser.All", "SMTP.Send"}, TenantID: "t", AppID: "a", Username: "u@x", Expires: time.Unix(1795341600, 0)},
			true,
		},
		"application": {
			token(`{"aud":["https://outlook.office365.com"],"roles":["IMAP.AccessAsApp"],"azp":"a","exp":1795341600.5}`),
			Claims{Audience: "https://outlook.office365.com", Roles: []string{"IMAP.AccessAsApp"}, AppID: "a", Expires: time.Unix(1795341600, 0)},
			true,
		},
		"bare":        {token(`{}`), Claims{}, true},
		"odd times":   {token(`{"exp":1e300,"unique_name":"u"}`), Claims{Username: "u"}, true},
		"opaque":      {NewSecret("EwBoA8l6BAAU"), Claims{}, false},
		"empty":       {Secret{}, Claims{}, false},
		"encrypted":   {NewSecret("a.b.c.d.e"), Claims{}, false},
		"not base64":  {NewSecret("a.*.c"), Claims{}, false},
		"not JSON":    {token(`nothing`), Claims{}, false},
		"wrong types": {token(`{"scp":[1]}`), Claims{}, false},
	}
	for name, c := range cases {
		got, ok := Inspect(c.token)
		if ok != c.ok {
			t.Errorf("%s: %v", name, ok)
		}
		if len(got.Scopes) == 0 {
			got.Scopes = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
