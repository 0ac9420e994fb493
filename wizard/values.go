package wizard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
)

// A values file has at most valuesLimit bytes and valuesConnections connections.
const (
	valuesLimit       = 1 << 20
	valuesConnections = 1000
)

// valuesVersion is the version of the form that this Postkey reads and writes.
const valuesVersion = 1

// ValuesError says where a values file is wrong, and how.
type ValuesError struct {
	// Line counts from 1; 0 when the file as a whole is meant.
	Line int
	// Field is the path, such as connections[0].mailbox.key; empty for the whole file.
	Field string
	// Message is the sentence, without line and field.
	Message assets.Message
	// More are the further problems of the file, in the order of their lines.
	More []*ValuesError
}

// Error is the English sentence of the first problem with its line and field in front.
func (e *ValuesError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message.String())
	return b.String()
}

// All returns every problem of the file, the first one included.
func (e *ValuesError) All() []*ValuesError {
	first := *e
	first.More = nil
	return append([]*ValuesError{&first}, e.More...)
}

// ReadValues reads a values file and returns a fresh draft for each of its
// connections, in order. Anything unknown, of a wrong type or wrong in itself is
// refused with a *ValuesError; values that only the wizard needs (the redirect
// URI, the secret's last day, the key) may be absent. Whether the secret's last
// day has passed is not looked at: an old file stays readable.
//
// A nil catalogue means the embedded one. An error of r comes back as it is.
func ReadValues(r io.Reader, cat *catalog.Catalog) ([]*Draft, error) {
	raw, err := io.ReadAll(io.LimitReader(r, valuesLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read the values: %w", err)
	}
	if len(raw) > valuesLimit {
		return nil, &ValuesError{Message: assets.Msg("wizard.values-too-big", "Max", "1 MiB")}
	}
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	root, wrong := parseValues(raw)
	if wrong != nil {
		return nil, wrong
	}
	reader := valuesReader{cat: orEmbedded(cat)}
	drafts := reader.file(root)
	if err := reader.err(); err != nil {
		return nil, err
	}
	return drafts, nil
}

// The values file as it is written; ReadValues reads it field by field instead,
// to know the lines.
type (
	valuesFile struct {
		Version     int                `json:"version"`
		Connections []valuesConnection `json:"connections"`
	}
	valuesConnection struct {
		Name          string           `json:"name"`
		Product       string           `json:"product"`
		Mode          string           `json:"mode"`
		Cloud         string           `json:"cloud"`
		Endpoints     *valuesEndpoints `json:"endpoints,omitempty"`
		Audience      oauth.Audience   `json:"audience"`
		TenantID      string           `json:"tenant_id"`
		ClientID      string           `json:"client_id"`
		Platform      string           `json:"platform"`
		RedirectHost  string           `json:"redirect_host,omitempty"`
		RedirectURI   string           `json:"redirect_uri,omitempty"`
		SecretExpires store.Date       `json:"secret_expires,omitzero"`
		Mailbox       store.Mailbox    `json:"mailbox"`
		Protocols     []string         `json:"protocols"`

		ServicePrincipalID string   `json:"service_principal_id,omitempty"`
		SMTPRBAC           bool     `json:"smtp_rbac,omitempty"`
		Reach              []string `json:"reach,omitempty"`
		Refuse             []string `json:"refuse,omitempty"`
	}
	valuesEndpoints struct {
		Authority    string `json:"authority,omitempty"`
		IMAP         string `json:"imap,omitempty"`
		POP          string `json:"pop,omitempty"`
		SMTP         string `json:"smtp,omitempty"`
		EWS          string `json:"ews,omitempty"`
		Graph        string `json:"graph,omitempty"`
		MailResource string `json:"mail_resource,omitempty"`
	}
)

// WriteValues writes connections as a values file that ReadValues reads. A
// secret is never in it, nor what belongs to this computer: the account, the
// ticks, the tests.
func WriteValues(w io.Writer, conns []store.Connection) error {
	file := valuesFile{Version: valuesVersion, Connections: []valuesConnection{}}
	for _, c := range conns {
		v := valuesConnection{
			Name: c.Name, Product: c.Product, Mode: c.Mode, Cloud: c.Cloud, Audience: c.Audience,
			TenantID: c.TenantID, ClientID: c.ClientID, Platform: c.Platform,
			RedirectHost: c.RedirectHost, RedirectURI: c.RedirectURI, SecretExpires: c.SecretExpires,
			Mailbox: c.Mailbox, Protocols: slices.Concat([]string{}, c.Protocols),
			ServicePrincipalID: c.ServicePrincipalID, SMTPRBAC: c.SMTPRBAC, Reach: c.Reach, Refuse: c.Refuse,
		}
		if c.Cloud == catalog.Custom {
			v.Endpoints = &valuesEndpoints{}
			if c.Endpoints != nil {
				*v.Endpoints = valuesEndpoints(*c.Endpoints)
			}
		}
		file.Connections = append(file.Connections, v)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(file); err != nil {
		return fmt.Errorf("write the values: %w", err)
	}
	return nil
}
