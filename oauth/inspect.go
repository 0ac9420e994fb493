package oauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Claims are what an access token says of itself. They are not verified and
// serve for diagnosis only: the token belongs to the mail server, and Microsoft
// may make it unreadable at any time (Microsoft Learn: Access tokens in the
// Microsoft identity platform).
type Claims struct {
	// Audience is the resource, an address or an application ID.
	Audience string
	// Scopes are delegated permissions, Roles application permissions.
	Scopes, Roles []string
	// TenantID, AppID and Username are empty where the token does not say.
	TenantID, AppID, Username string
	Expires                   time.Time
}

// Inspect reads an access token; false when it is not readable.
func Inspect(access Secret) (Claims, bool) {
	parts := strings.Split(access.Reveal(), ".")
	if len(parts) != 3 || len(access.Reveal()) > maxBody {
		return Claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, false
	}
	var raw struct {
		Aud               json.RawMessage
		Scp               string
		Roles             []string
		Tid, Appid, Azp   string
		UPN               string  `json:"upn"`
		UniqueName        string  `json:"unique_name"`
		PreferredUsername string  `json:"preferred_username"`
		Exp               float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &raw) != nil {
		return Claims{}, false
	}
	claims := Claims{
		Audience: audienceOf(raw.Aud),
		Scopes:   strings.Fields(raw.Scp),
		Roles:    raw.Roles,
		TenantID: raw.Tid,
		AppID:    firstOf(raw.Appid, raw.Azp),
		Username: firstOf(raw.UPN, raw.PreferredUsername, raw.UniqueName),
	}
	if raw.Exp > 0 && raw.Exp < 1<<40 {
		claims.Expires = time.Unix(int64(raw.Exp), 0)
	}
	return claims, true
}

// audienceOf is the audience as text or as the first of a list.
func audienceOf(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return looseText(raw)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
