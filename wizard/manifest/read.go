// Package manifest compares an app registration with a connection, by its
// manifest: what the portal shows, in the form of Microsoft Graph and in the
// older one, or what az ad app show prints. Start with Read and Compare.
//
// A manifest holds no secret: of client secrets it has the first characters, the
// day they end and their key ids. Nothing here talks to a server.
package manifest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"postkey/assets"
	"postkey/wizard/pasted"
)

// Form is how a manifest is written.
type Form string

// The forms.
const (
	Graph Form = "graph" // Microsoft Graph's: the portal's new manifest, and az ad app show
	Older Form = "older" // Azure AD Graph's: the portal's older manifest
)

// Platform is where a redirect URI stands.
type Platform string

// The platforms, in Microsoft Graph's words.
const (
	Web          Platform = "web"
	SPA          Platform = "spa"
	PublicClient Platform = "publicClient" // Mobile and desktop applications
)

// Redirect is a redirect URI with its platform.
type Redirect struct {
	URI      string
	Platform Platform
}

// Access is a permission as a registration names it.
type Access struct {
	ResourceAppID, ID string
	Type              string // Scope or Role
}

// Credential is what is known of a client secret or a certificate.
type Credential struct {
	Name, KeyID string
	Hint        string // the first characters of a secret
	Thumbprint  string // SHA-1 of a certificate in hex, upper case; empty when not said
	Start, End  time.Time
}

// Manifest is an app registration. A part that the text does not hold at all is
// named in Absent.
type Manifest struct {
	Form                     Form
	ClientID, ObjectID, Name string
	// Audience is Microsoft's word, such as AzureADMyOrg.
	Audience     string
	Redirects    []Redirect
	Permissions  []Access
	Secrets      []Credential
	Certificates []Credential
	// Public says that public client flows are allowed.
	Public bool
	Absent map[Area]bool
}

// ReadError says why a text is no manifest. It never holds more of the text than
// the name of a field.
type ReadError struct{ Message assets.Message }

func (e *ReadError) Error() string { return e.Message.String() }

func readError(key string, pairs ...any) error {
	return &ReadError{assets.Msg("manifest.read-"+key, pairs...)}
}

const (
	// maxText is how much text is read, in bytes; manifests have at most some
	// hundred kilobytes.
	maxText = 4 << 20
	// maxList is how many entries of each list are looked at.
	maxList = 2000
)

// Read finds the manifest in a text, whatever a console shows around it. Every
// error is a *ReadError; where the JSON is wrong it names the line.
func Read(text string) (Manifest, error) {
	if len(text) > maxText {
		return Manifest{}, readError("too-big", "Max", maxText>>20)
	}
	text = pasted.Text(text)
	if strings.TrimSpace(text) == "" {
		return Manifest{}, readError("empty")
	}
	m, err := read(text)
	if err != nil && shownList.MatchString(text) {
		return Manifest{}, readError("powershell")
	}
	return m, err
}

func read(text string) (Manifest, error) {
	at := begin(text)
	if at < 0 {
		return Manifest{}, readError("none")
	}
	text = text[:at] + uncommented(text[at:])
	var value json.RawMessage
	if err := decode(text, at, text[at:], &value); err != nil {
		return Manifest{}, err
	}
	var raw rawManifest
	if value[0] == '{' {
		if err := decode(text, at, string(value), &raw); err != nil {
			return Manifest{}, err
		}
		if list := bytes.TrimSpace(raw.Value); raw.AppID == "" && len(list) > 0 && list[0] == '[' {
			at += bytes.Index(value, list) // the answer of Microsoft Graph to a search
			value = list
		}
	}
	if value[0] != '{' {
		var list []json.RawMessage
		if err := decode(text, at, string(value), &list); err != nil {
			return Manifest{}, err
		}
		switch len(list) {
		case 0:
			return Manifest{}, readError("none")
		case 1:
			at += bytes.Index(value, list[0])
		default:
			return Manifest{}, readError("several", "Count", len(list))
		}
		if err := decode(text, at, string(list[0]), &raw); err != nil {
			return Manifest{}, err
		}
	}
	if raw.ServicePrincipalType != "" {
		return Manifest{}, readError("enterprise")
	}
	if strings.TrimSpace(raw.AppID) == "" {
		return Manifest{}, readError("no-app-id")
	}
	return raw.manifest(), nil
}

var (
	lineStart = regexp.MustCompile(`(?m)^[ \t]*[{\[]`)
	// prompt is what else stands in brackets at the beginning of a line: the
	// prompt of the Exchange shell, and the time of a chat or a log.
	prompt = regexp.MustCompile(`^\[[A-Za-z0-9][^\]\n{]*\][ \t]*\S`)
	// shownList is the beginning of a list of properties, as PowerShell shows an
	// object that was not turned into JSON.
	shownList = regexp.MustCompile(`(?m)^(?:Id|AppId|DisplayName|SignInAudience) +: `)
)

// begin is where the JSON begins: with a bracket at the beginning of a line, or
// else with the first brace.
func begin(text string) int {
	for _, m := range lineStart.FindAllStringIndex(text, -1) {
		if at := m[1] - 1; !prompt.MatchString(text[at:]) {
			return at
		}
	}
	return strings.IndexByte(text, '{')
}

// uncommented is JSON with blanks in place of comments, which some tools write
// and people add; every line keeps its number.
func uncommented(text string) string {
	out := []byte(text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"': // up to the quote that ends it
			for i++; i < len(text) && text[i] != '"' && text[i] != '\n'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case strings.HasPrefix(text[i:], "//"):
			end := i + len(text[i:])
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				end = i + n
			}
			blank(i, end)
			i = end
		case strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i:], "*/")
			if n < 0 {
				return string(out)
			}
			blank(i, i+n+2)
			i += n + 1
		}
	}
	return string(out)
}

// shortened is what PowerShell writes in place of what lies deeper than its
// ConvertTo-Json goes.
const shortened = "Microsoft.Graph.PowerShell.Models."

// decode reads one JSON value of part, which stands at a place of text.
func decode(text string, at int, part string, into any) error {
	err := json.NewDecoder(strings.NewReader(part)).Decode(into)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	line := func(offset int64) int { return 1 + strings.Count(text[:min(at+int(offset), len(text))], "\n") }
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return readError("cut", "Line", strconv.Itoa(line(int64(len(part)))))
	case errors.As(err, &syntax):
		return readError("bad-json", "Line", strconv.Itoa(line(max(syntax.Offset-1, 0))))
	case errors.As(err, &kind) && strings.Contains(part, shortened):
		return readError("powershell")
	case errors.As(err, &kind):
		return readError("wrong-type", "Field", kind.Field, "Line", strconv.Itoa(line(max(kind.Offset-1, 0))))
	}
	return readError("bad-json", "Line", strconv.Itoa(line(0)))
}

// thumbprint reads the identifier of a certificate: hex, or the base64 of the
// hash or of its hex, or its bytes one by one, as the forms differ.
func thumbprint(raw json.RawMessage) string {
	var id string
	if json.Unmarshal(raw, &id) != nil {
		var numbers []uint8
		var list []uint16 // a list of bytes would be read as base64
		if json.Unmarshal(raw, &list) != nil {
			return ""
		}
		for _, n := range list {
			numbers = append(numbers, uint8(n))
		}
		id = base64.StdEncoding.EncodeToString(numbers)
	}
	id = strings.TrimSpace(id)
	if isSHA1(id) {
		return strings.ToUpper(id)
	}
	hash, err := base64.StdEncoding.DecodeString(id)
	switch {
	case err != nil:
		return ""
	case len(hash) == 20:
		return strings.ToUpper(hex.EncodeToString(hash))
	case isSHA1(string(hash)):
		return strings.ToUpper(string(hash))
	}
	return ""
}

func isSHA1(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 40
}
