package scripts

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"postkey/assets"
)

// Rotation is one more client secret for each of some app registrations of one
// tenant; those that they have go on working.
type Rotation struct {
	// ClientIDs are the registrations; at least one.
	ClientIDs []string
	// Cloud is the catalogue's ID of the cloud, TenantID the tenant, an ID or a
	// domain; either may be empty: the one that the tool is signed in to.
	Cloud, TenantID string
	// SecretEnds is the day on which the new secrets end, 2027-05-21.
	SecretEnds string
	// Label is the description of the new secrets in the portal; empty: Postkey.
	Label string
}

// OldSecret is a client secret to remove, by Microsoft's key id of it.
type OldSecret struct{ ClientID, KeyID string }

// Script returns the script that adds the secrets and prints a JSON array for
// ParseRotated. The error wraps ErrValue or ErrTool.
func (r Rotation) Script(t Tool) (string, error) { return r.write(t, "add", nil) }

// List returns the commands that list the secrets of the registrations with
// their key ids. They only read.
func (r Rotation) List(t Tool) (string, error) { return r.write(t, "list", nil) }

// Remove returns the commands that remove old secrets after a question each,
// but never the last one of a registration.
func (r Rotation) Remove(t Tool, old []OldSecret) (string, error) { return r.write(t, "remove", old) }

// rotationValues are what the templates see.
type rotationValues struct {
	Rotation
	Name       string // of the secret
	CloudName  string // the tool's name of the cloud; empty: none
	TenantIsID bool
	Old        []OldSecret
}

func (r Rotation) write(t Tool, kind string, old []OldSecret) (string, error) {
	tool, known := data().Tools[t]
	page := rotateTemplates().Lookup(string(t) + "-" + kind + ".tmpl")
	if !known || page == nil {
		return "", fmt.Errorf("%w: %q", ErrTool, t)
	}
	v := rotationValues{Rotation: r, Name: r.Label, CloudName: tool.Clouds[r.Cloud], TenantIsID: guid.MatchString(r.TenantID), Old: old}
	if v.TenantIsID {
		v.TenantID = strings.ToLower(v.TenantID) // as in Registration.write
	}
	if v.Name == "" {
		v.Name = data().SecretName
	}
	for _, id := range r.ClientIDs {
		if !guid.MatchString(id) {
			return "", fmt.Errorf("%w: a client ID is not an ID", ErrValue)
		}
	}
	for _, o := range old {
		if !guid.MatchString(o.ClientID) || !guid.MatchString(o.KeyID) {
			return "", fmt.Errorf("%w: a client ID or a key id is not an ID", ErrValue)
		}
	}
	switch {
	case kind == "remove" && len(old) == 0, kind != "remove" && len(r.ClientIDs) == 0:
		return "", fmt.Errorf("%w: there is no registration", ErrValue)
	case kind == "add" && !day.MatchString(r.SecretEnds):
		return "", fmt.Errorf("%w: the end of the secret is not a day", ErrValue)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		return "", err
	}
	return out.String(), nil
}

var rotateTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"bash": Bash, "ps": PowerShell,
	}).ParseFS(assets.Scripts, "scripts/rotate/*.tmpl"))
})
