// Package scripts writes the app registration as a script for who would rather
// run one than click through the portal, and reads back what the script prints.
// Start with Registration.Script and Parse.
//
// The scripts are templates in assets/scripts. Every value goes through Bash or
// PowerShell on its way into one. It is a package of its own, beside handover,
// because Parse returns a secret, and nothing in handover ever holds one.
package scripts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/catalog"
)

// Tool is what a script is run with.
type Tool string

// The tools.
const (
	AzureCLI        Tool = "azure-cli"        // bash and the Azure CLI, as in Azure Cloud Shell
	GraphPowerShell Tool = "graph-powershell" // the PowerShell module Microsoft.Graph.Applications
)

// Tools returns the tools in order of display.
func Tools() []Tool { return []Tool{AzureCLI, GraphPowerShell} }

// Ending returns the ending of the tool's files, with its dot.
func (t Tool) Ending() string { return data().Tools[t].Ending }

// CloudName is what the tool calls the catalogue's cloud of that ID; empty where it
// has no name for it.
func (t Tool) CloudName(cloud string) string { return data().Tools[t].Clouds[cloud] }

// File returns a script as it is saved. A PowerShell script gets a byte order
// mark: without one Windows PowerShell 5.1 reads it in the system's code page,
// in which parts of a letter can be a quote (Microsoft Learn: about_Character_Encoding).
func (t Tool) File(script string) []byte {
	if t == GraphPowerShell {
		return []byte("\ufeff" + strings.ReplaceAll(script, "\n", "\r\n"))
	}
	return []byte(script)
}

var (
	// ErrValue is wrapped when a value cannot stand in a script.
	ErrValue = errors.New("a value cannot stand in a script")
	// ErrTool is wrapped when there is no script for a tool.
	ErrTool = errors.New("no script for this tool")
)

// Registration is the app registration that a script makes.
type Registration struct {
	// Name is the display name.
	Name string
	// Audience is who can sign in. Required.
	Audience oauth.Audience
	// Cloud is the catalogue's ID of the cloud. A script for a cloud that the
	// tool has no name for uses the one that the tool is signed in to.
	Cloud string
	// TenantID is the tenant to make it in, an ID or a domain; empty: the one
	// that the tool is signed in to.
	TenantID string
	// Desktop puts the redirect URIs on the platform Mobile and desktop
	// applications and makes no client secret; otherwise the platform is Web.
	Desktop bool
	// RedirectURIs are registered in this order. At least one is required.
	RedirectURIs []string
	// Permissions are the API permissions to add; there may be none.
	Permissions []catalog.Permission
	// SecretEnds is the day on which the client secret ends, 2027-05-21.
	// Required unless Desktop.
	SecretEnds string
}

// Script returns the script that makes the registration and prints one JSON
// object for Parse. The error wraps ErrValue or ErrTool.
func (r Registration) Script(t Tool) (string, error) { return r.write(t, "register", "") }

// Verify returns the commands that compare the registration with the given
// client ID with r. They only read.
func (r Registration) Verify(t Tool, clientID string) (string, error) {
	return r.write(t, "verify", clientID)
}

// Undo returns the commands that delete the registration with the given client
// ID after a question, provided that a script of this package made it.
func (r Registration) Undo(t Tool, clientID string) (string, error) {
	return r.write(t, "undo", clientID)
}

var (
	guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	day  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

func (r Registration) write(t Tool, kind, clientID string) (string, error) {
	tool, known := data().Tools[t]
	page := templates().Lookup(string(t) + "-" + kind + ".tmpl")
	if !known || page == nil {
		return "", fmt.Errorf("%w: %q", ErrTool, t)
	}
	if kind != "register" && !guid.MatchString(clientID) {
		return "", fmt.Errorf("%w: the client ID is not an ID", ErrValue)
	}
	v := values{
		Registration: r, ClientID: clientID, Cloud: tool.Clouds[r.Cloud],
		SignInAudience: data().Audiences[r.Audience], Personal: r.Audience == oauth.AudienceMultiPersonal,
		Platform:   map[bool]string{false: "web", true: "publicClient"}[r.Desktop],
		TenantIsID: guid.MatchString(r.TenantID),
		Tag:        data().Tag, Tags: []string{data().Tag},
		Secret: !r.Desktop, SecretName: data().SecretName,
	}
	if v.TenantIsID {
		v.TenantID = strings.ToLower(v.TenantID) // as the tools write it, who compare letter by letter
	}
	if err := v.addResources(); err != nil {
		return "", err
	}
	for _, value := range append([]string{r.Name, r.TenantID}, r.RedirectURIs...) {
		if err := quotable(value); err != nil { // also where JSON would escape it
			return "", err
		}
	}
	switch {
	case v.SignInAudience == "":
		return "", fmt.Errorf("%w: unknown audience %q", ErrValue, r.Audience)
	case r.Name == "" || len(r.RedirectURIs) == 0:
		return "", fmt.Errorf("%w: the name or the redirect URIs are missing", ErrValue)
	case v.Secret && !day.MatchString(r.SecretEnds):
		return "", fmt.Errorf("%w: the end of the secret is not a day", ErrValue)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		return "", err
	}
	return out.String(), nil
}

// values are what the templates see.
type values struct {
	Registration
	ClientID       string
	Cloud          string // the tool's name for it; empty: none
	SignInAudience string // Microsoft Graph's word
	Personal       bool   // personal accounts too
	Platform       string // Microsoft Graph's word for where the redirect URIs stand
	TenantIsID     bool   // the tenant is an ID and no domain
	Tag            string // marks what a script made
	Tags           []string
	Secret         bool
	SecretName     string
	Resources      []resource
}

// resource is an API with the permissions on it.
type resource struct {
	AppID, Name string
	Permissions []access
}

// access is one permission as requiredResourceAccess names it (Microsoft Graph:
// resourceAccess resource type): Kind is Scope or Role.
type access struct {
	ID   string `json:"id"`
	Kind string `json:"type"`
	Name string `json:"-"`
}

// addResources groups the permissions by their API, in the order of the list.
func (v *values) addResources() error {
	for _, p := range v.Permissions {
		kind, known := map[string]string{catalog.Delegated: "Scope", catalog.Application: "Role"}[p.Type]
		if !known || !guid.MatchString(p.ID) || !guid.MatchString(p.ResourceAppID) {
			return fmt.Errorf("%w: the permission %q has no type, or no ID", ErrValue, p.Name)
		}
		at := slices.IndexFunc(v.Resources, func(r resource) bool { return r.AppID == p.ResourceAppID })
		if at < 0 {
			at = len(v.Resources)
			v.Resources = append(v.Resources, resource{AppID: p.ResourceAppID, Name: p.Resource})
		}
		v.Resources[at].Permissions = append(v.Resources[at].Permissions, access{ID: p.ID, Kind: kind, Name: p.Name})
	}
	return nil
}

// toolsFile is assets/scripts/tools.json.
type toolsFile struct {
	Source     string                    `json:"source"`
	Tag        string                    `json:"tag"`
	SecretName string                    `json:"secret_name"`
	Audiences  map[oauth.Audience]string `json:"audiences"`
	Tools      map[Tool]struct {
		Ending string            `json:"ending"`
		Clouds map[string]string `json:"clouds"`
	} `json:"tools"`
}

var data = sync.OnceValue(func() toolsFile {
	var f toolsFile
	raw, err := assets.Scripts.ReadFile("scripts/tools.json")
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		panic("scripts/tools.json: " + err.Error()) // embedded: cannot fail
	}
	return f
})

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"bash": Bash, "ps": PowerShell, "words": words,
		"comma": func(i int) string { return ","[:min(i, 1)] }, // before all but the first
		"json": func(v any) (string, error) {
			raw, err := json.Marshal(v)
			return string(raw), err
		},
	}).ParseFS(assets.Scripts, "scripts/*.tmpl"))
})
