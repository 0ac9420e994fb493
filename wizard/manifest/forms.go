package manifest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rawManifest holds the fields of all forms; a pointer that is nil: not there.
type rawManifest struct {
	AppID                string `json:"appId"`
	ID                   string `json:"id"`
	ObjectID             string `json:"objectId"`
	DisplayName          string `json:"displayName"`
	Name                 string `json:"name"`
	ServicePrincipalType string `json:"servicePrincipalType"`
	SignInAudience       string `json:"signInAudience"`
	// OtherTenants is what Azure CLI before 2.37 writes in place of SignInAudience.
	OtherTenants *bool `json:"availableToOtherTenants"`
	// Value holds the registrations in an answer of Microsoft Graph.
	Value json.RawMessage `json:"value"`

	Web          *rawPlatform    `json:"web"`
	SPA          *rawPlatform    `json:"spa"`
	PublicClient json.RawMessage `json:"publicClient"` // a platform, or whether it is one
	ReplyURLs    []string        `json:"replyUrls"`
	ReplyTyped   []struct {
		URL  string `json:"url"`
		Type string `json:"type"`
	} `json:"replyUrlsWithType"`

	Required *[]struct {
		ResourceAppID  string `json:"resourceAppId"`
		ResourceAccess []struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		} `json:"resourceAccess"`
	} `json:"requiredResourceAccess"`

	Passwords *[]rawCredential `json:"passwordCredentials"`
	Keys      *[]rawCredential `json:"keyCredentials"`

	Fallback    json.RawMessage `json:"isFallbackPublicClient"`
	AllowPublic json.RawMessage `json:"allowPublicClient"`
}

type rawPlatform struct {
	RedirectURIs []string `json:"redirectUris"`
	RedirectURI  []string `json:"redirectUri"` // Az PowerShell's name for the list
}

type rawCredential struct {
	DisplayName         string          `json:"displayName"`
	KeyID               string          `json:"keyId"`
	Hint                string          `json:"hint"`
	CustomKeyIdentifier json.RawMessage `json:"customKeyIdentifier"` // text, or the bytes
	StartDateTime       string          `json:"startDateTime"`
	EndDateTime         string          `json:"endDateTime"`
	StartDate           string          `json:"startDate"`
	EndDate             string          `json:"endDate"`
}

// manifest brings either form into one.
func (r rawManifest) manifest() Manifest {
	m := Manifest{
		Form: Graph, ClientID: strings.TrimSpace(r.AppID), ObjectID: firstOf(r.ID, r.ObjectID), Name: firstOf(r.DisplayName, r.Name),
		Audience: r.SignInAudience, Absent: make(map[Area]bool),
	}
	if r.ReplyTyped != nil || r.ReplyURLs != nil || r.AllowPublic != nil {
		m.Form = Older
	}
	if m.Audience == "" && r.OtherTenants != nil {
		m.Audience = "AzureADMyOrg"
		if *r.OtherTenants {
			m.Audience = "AzureADMultipleOrgs"
		}
	}
	m.redirects(r)
	if r.Required == nil {
		m.Absent[AreaPermission] = true
	} else {
		for _, resource := range *r.Required {
			for _, a := range resource.ResourceAccess {
				if len(m.Permissions) < maxList {
					m.Permissions = append(m.Permissions, Access{strings.ToLower(resource.ResourceAppID), strings.ToLower(a.ID), a.Type})
				}
			}
		}
	}
	m.Secrets = m.credentials(AreaSecret, r.Passwords)
	m.Certificates = m.credentials(AreaCertificate, r.Keys)
	m.Public = string(r.Fallback) == "true" || string(r.AllowPublic) == "true" || string(r.PublicClient) == "true"
	m.Absent[AreaPublicClient] = r.Fallback == nil && r.AllowPublic == nil
	m.Absent[AreaAudience] = m.Audience == ""
	return m
}

// kinds are the older form's words for the platforms.
var kinds = map[string]Platform{"web": Web, "spa": SPA, "installedclient": PublicClient}

func (m *Manifest) redirects(r rawManifest) {
	add := func(uri string, p Platform) {
		if len(m.Redirects) < maxList {
			m.Redirects = append(m.Redirects, Redirect{uri, p})
		}
	}
	var desktop *rawPlatform
	if json.Unmarshal(r.PublicClient, &desktop) != nil {
		desktop = nil // the oldest form says with it whether it is a public client
	}
	for _, p := range []struct {
		from *rawPlatform
		is   Platform
	}{{r.Web, Web}, {r.SPA, SPA}, {desktop, PublicClient}} {
		if p.from != nil {
			for _, uri := range slices.Concat(p.from.RedirectURIs, p.from.RedirectURI) {
				add(uri, p.is)
			}
		}
	}
	for _, reply := range r.ReplyTyped {
		platform, known := kinds[strings.ToLower(reply.Type)]
		if !known {
			platform = Platform(reply.Type)
		}
		add(reply.URL, platform)
	}
	for _, uri := range r.ReplyURLs {
		platform := Web
		if string(r.PublicClient) == "true" {
			platform = PublicClient
		}
		add(uri, platform)
	}
	m.Absent[AreaRedirect] = r.Web == nil && r.SPA == nil && desktop == nil && r.ReplyTyped == nil && r.ReplyURLs == nil
}

func (m *Manifest) credentials(area Area, from *[]rawCredential) []Credential {
	if from == nil {
		m.Absent[area] = true
		return nil
	}
	var out []Credential
	for _, c := range *from {
		if len(out) == maxList {
			break
		}
		out = append(out, Credential{
			Name: c.DisplayName, KeyID: strings.ToLower(c.KeyID), Hint: c.Hint, Thumbprint: thumbprint(c.CustomKeyIdentifier),
			Start: timeOf(firstOf(c.StartDateTime, c.StartDate)), End: timeOf(firstOf(c.EndDateTime, c.EndDate)),
		})
	}
	return out
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

var milliseconds = regexp.MustCompile(`^/Date\(([0-9]{1,15})\)/$`)

// timeOf reads a time of a manifest; the zero time where it is not readable.
func timeOf(text string) time.Time {
	if m := milliseconds.FindStringSubmatch(text); m != nil { // Windows PowerShell 5.1
		if ms, err := strconv.ParseInt(m[1], 10, 64); err == nil && ms < 1<<43 {
			return time.UnixMilli(ms).UTC()
		}
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
