package oauth

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var testNow = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func answerOf(status int, body string) reply {
	return reply{status: status, header: http.Header{}, body: []byte(body), local: testNow}
}

func TestReadToken(t *testing.T) {
	const base = `"token_type":"Bearer","access_token":"a"`
	asked := []string{"openid", testScope}
	cases := []struct {
		name, body string
		life       time.Duration
		scopes     []string
		refresh    string
	}{
		{"whole", `{` + base + `,"refresh_token":"r","expires_in":3599,"scope":"x y","ext_expires_in":1}`, 3599 * time.Second, []string{"x", "y"}, "r"},
		{"no scope: as asked", `{` + base + `,"expires_in":3599}`, 3599 * time.Second, asked, ""},
		{"empty scope: as asked", `{` + base + `,"expires_in":3599,"scope":" "}`, 3599 * time.Second, asked, ""},
		{"life as text", `{` + base + `,"expires_in":"3599"}`, 3599 * time.Second, asked, ""},
		{"life as a fraction", `{` + base + `,"expires_in":3599.7}`, 3599 * time.Second, asked, ""},
		{"no life", `{` + base + `}`, time.Hour, asked, ""},
		{"life of null", `{` + base + `,"expires_in":null}`, time.Hour, asked, ""},
		{"life in words", `{` + base + `,"expires_in":"soon"}`, time.Hour, asked, ""},
		{"negative life", `{` + base + `,"expires_in":-1}`, time.Hour, asked, ""},
		{"life without end", `{` + base + `,"expires_in":1e300}`, (1<<31 - 1) * time.Second, asked, ""},
		{"life that is no number", `{` + base + `,"expires_in":"NaN"}`, time.Hour, asked, ""},
		{"error of null", `{` + base + `,"error":null,"expires_in":60}`, time.Minute, asked, ""},
		{"type in small letters", `{"token_type":"bearer","access_token":"a","expires_in":60}`, time.Minute, asked, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := readToken(answerOf(200, c.body), asked, scrubber{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Access.Reveal() != "a" || got.Refresh.Reveal() != c.refresh {
				t.Errorf("access %q, refresh %q", got.Access.Reveal(), got.Refresh.Reveal())
			}
			if life := got.Expires.Sub(testNow); life != c.life {
				t.Errorf("life %v, want %v", life, c.life)
			}
			if diff := cmp.Diff(c.scopes, got.Scopes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadTokenRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"no token":      `{"token_type":"Bearer","expires_in":3599}`,
		"no type":       `{"access_token":"a"}`,
		"unknown type":  `{"access_token":"a","token_type":"pop"}`,
		"wrong types":   `{"access_token":{},"token_type":"Bearer"}`,
		"cut short":     `{"access_token":"a","token_type":"Bea`,
		"two documents": `{"access_token":"a","token_type":"Bearer"}{}`,
	} {
		if _, err := readToken(answerOf(200, body), nil, scrubber{}); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadError(t *testing.T) {
	const words = "AADSTS7000215: Invalid client secret provided. Trace ID: 00000000-0000-4000-8000-000000000001\r\n" +
		"Correlation ID: 00000000-0000-4000-8000-000000000002\r\nTimestamp: 2026-11-22 10:00:00Z"
	cases := []struct {
		name   string
		status int
		header map[string]string
		body   string
		want   Error
		code   int
	}{
		{
			name: "Entra's own", status: 401,
			body: `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],
				"timestamp":"2026-11-22 10:00:00Z","trace_id":"t","correlation_id":"c","suberror":"bad_token","claims":"{\"access_token\":{}}"}`,
			want: Error{
				Status: 401, Kind: "invalid_client", Description: "AADSTS7000215: Invalid client secret provided.",
				Codes: []int{7000215}, Timestamp: "2026-11-22 10:00:00Z", TraceID: "t", CorrelationID: "c",
				Suberror: "bad_token", Claims: `{"access_token":{}}`,
			}, code: 7000215,
		},
		{
			name: "all in the words", status: 400, body: `{"error":"invalid_client","error_description":` + quote(words) + `}`,
			want: Error{
				Status: 400, Kind: "invalid_client", Description: words, Codes: []int{7000215},
				TraceID: "00000000-0000-4000-8000-000000000001", CorrelationID: "00000000-0000-4000-8000-000000000002",
				Timestamp: "2026-11-22 10:00:00Z",
			}, code: 7000215,
		},
		{
			name: "one code around another", status: 400,
			body: `{"error":"invalid_grant","error_codes":[70002],"error_description":"AADSTS70002: Error validating credentials. AADSTS50126: Invalid password."}`,
			want: Error{
				Status: 400, Kind: "invalid_grant", Codes: []int{70002, 50126},
				Description: "AADSTS70002: Error validating credentials. AADSTS50126: Invalid password.",
			}, code: 50126,
		},
		{
			name: "a wrapper alone, codes as text", status: 400, body: `{"error":"invalid_grant","error_codes":["70002","x",-1]}`,
			want: Error{Status: 400, Kind: "invalid_grant", Codes: []int{70002}}, code: 70002,
		},
		{
			name: "success with an error in it", status: 200, body: `{"error":"invalid_grant"}`,
			want: Error{Status: 200, Kind: "invalid_grant"},
		},
		{
			name: "claims as an object", status: 400, body: `{"error":"interaction_required","claims":{"a":1}}`,
			want: Error{Status: 400, Kind: "interaction_required", Claims: `{"a":1}`},
		},
		{
			name: "in the manner of Graph", status: 403, body: `{"error":{"code":"Forbidden","message":"no"}}`,
			want: Error{Status: 403, Kind: "Forbidden", Description: "no"},
		},
		{
			name: "a gateway's", status: 403, body: `{"Message":"Blocked by policy","access_token":"a"}`,
			want: Error{Status: 403, Description: "Blocked by policy"},
		},
		{
			name: "a problem of RFC 9457", status: 503, body: `{"type":"about:blank","title":"Busy","status":503,"detail":"Try later"}`,
			want: Error{Status: 503, Description: "Try later"},
		},
		{
			name: "fields of wrong types", status: 400, body: `{"error":7,"error_description":[],"error_codes":"x","timestamp":true}`,
			want: Error{Status: 400, Kind: "7"},
		},
		{
			name: "seconds to wait", status: 429, header: map[string]string{"Retry-After": "17"}, body: `{"error":"temporarily_unavailable"}`,
			want: Error{Status: 429, Kind: "temporarily_unavailable", RetryAfter: 17 * time.Second},
		},
		{
			name: "a date to wait for", status: 503, header: map[string]string{"Retry-After": "Sun, 22 Nov 2026 10:02:00 GMT"},
			want: Error{Status: 503, RetryAfter: 2 * time.Minute},
		},
		{
			name: "a date that has passed", status: 503, header: map[string]string{"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT"},
			want: Error{Status: 503},
		},
		{
			name: "a page", status: 502,
			body: "<html><head><style>p{}</style><script>x()</script><title>502</title></head><body><h1>Bad&nbsp;gateway</h1>\n<p>Try &lt;later&gt;</p>",
			want: Error{Status: 502, Description: "502 Bad gateway Try <later>"},
		},
		{
			name: "a page with a status of success", status: 200, body: "<html><body>Log in to the guest network</body>",
			want: Error{Status: 200, Description: "Log in to the guest network"},
		},
		{name: "nothing", status: 500, want: Error{Status: 500}},
		{name: "null", status: 200, body: "null", want: Error{Status: 200}},
		{name: "a list", status: 400, body: "[1]", want: Error{Status: 400, Description: "[1]"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := answerOf(c.status, c.body)
			for name, value := range c.header {
				r.header.Set(name, value)
			}
			_, err := readToken(r, nil, scrubber{})
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if got.Code() != c.code {
				t.Errorf("code %d, want %d", got.Code(), c.code)
			}
		})
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer("\r", `\r`, "\n", `\n`, `"`, `\"`).Replace(s) + `"`
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"sign-in service: invalid_grant/bad_token: AADSTS70008: Expired. Sign in.":                        {Kind: "invalid_grant", Suberror: "bad_token", Codes: []int{70008}, Description: "AADSTS70008: Expired.\r\nSign in."},
		"sign-in service: http status 503 Service Unavailable":                                            {Status: 503},
		"sign-in service: invalid_client (AADSTS7000215): Der geheime Clientschluessel ist nicht gueltig": {Kind: "invalid_client", Codes: []int{7000215}, Description: "Der geheime Clientschluessel ist nicht gueltig"},
		"sign-in service: sign-in error":                                                                  {},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
	if !errors.Is(&Error{Status: 407}, ErrProxy) || errors.Is(&Error{Status: 403}, ErrProxy) {
		t.Error("407 is a proxy's, 403 may be anyone's")
	}
}

func TestBoundedAnswers(t *testing.T) {
	e := newEntra(t)
	e.token = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"access_token":"` + strings.Repeat("a", 2<<20) + `"`))
	}
	session := start(t, e.signIn())
	fetch(t, e.agree(session.URL()))
	if _, err := session.Wait(t.Context()); !errors.Is(err, ErrAnswer) || len(err.Error()) > 1000 {
		t.Errorf("got %.200v", err)
	}
	long := errorOf(answerOf(400, `{"error":"x","error_description":"`+strings.Repeat("é", 9000)+`"}`), scrubber{})
	if len(long.Description) > maxDescription+4 || !strings.HasSuffix(long.Description, "é…") {
		t.Errorf("description of %d bytes", len(long.Description))
	}
}

func TestRedirectedFormGoesNowhere(t *testing.T) {
	e := newEntra(t)
	other := newEntra(t)
	e.token = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/"+testTenant+"/oauth2/v2.0/token", http.StatusTemporaryRedirect)
	}
	s := e.signIn()
	s.Client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // a client that follows everything
	session := start(t, s)
	fetch(t, e.agree(session.URL()))
	_, err := session.Wait(t.Context())
	var refused *Error
	if !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
		t.Errorf("got %v", err)
	}
	if len(other.forms) != 0 {
		t.Error("the form with the secret was sent on")
	}
}

func TestTimeRefusal(t *testing.T) {
	e := newEntra(t)
	code := 700024
	e.token = func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 401, map[string]any{"error": "invalid_client", "error_codes": []int{code}})
	}
	s := e.signIn()
	s.Now = func() time.Time { return time.Now().Add(time.Hour) }
	for _, c := range []struct {
		code int
		skew bool
	}{{700024, true}, {500133, true}, {7000215, false}} {
		code = c.code
		session := start(t, s)
		fetch(t, e.agree(session.URL()))
		_, err := session.Wait(t.Context())
		var skew *ClockSkewError
		var refused *Error
		if errors.As(err, &skew) != c.skew || !errors.As(err, &refused) {
			t.Errorf("%d: %v", c.code, err)
		}
	}
}
