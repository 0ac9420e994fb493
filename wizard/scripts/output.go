package scripts

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/pasted"
)

// Result is what a script has made.
type Result struct {
	ClientID, TenantID string
	// Secret is the value of the client secret; zero for a registration without one.
	Secret oauth.Secret
	// Expires is the day on which it ends, 2027-05-21; empty without a secret.
	Expires string
	// SecretKeyID is Microsoft's ID of the secret; empty when the script did
	// not learn it. It is not the secret.
	SecretKeyID string
}

// OutputError says what is wrong with a pasted output. It never holds any of
// the pasted text but the names of its fields.
type OutputError struct{ Message assets.Message }

func (e *OutputError) Error() string { return e.Message.String() }

func outputError(key string, pairs ...any) error {
	return &OutputError{assets.Msg("script."+key, pairs...)}
}

const (
	// maxOutput is how much pasted text is looked at, in bytes.
	maxOutput = 1 << 20
	// maxObject is the longest JSON object that can be meant, and maxBraces how
	// many places are tried: together they bound the work.
	maxObject = 4 << 10
	maxBraces = 4 << 10
)

// The fields of the object, in the order in which the scripts print them.
const (
	fieldClient  = "client_id"
	fieldTenant  = "tenant_id"
	fieldSecret  = "secret"
	fieldExpires = "secret_expires"
	fieldKey     = "secret_key_id"
)

// Parse finds the object that a script has printed in pasted console output,
// whatever stands around it, and reads it strictly: no field twice, none
// missing, none that does not belong, every value of the right shape. Lines that
// a console has broken inside a value are joined, and the text may be a file in
// any form of pasted.Text. WithSecret says whether the
// registration has a client secret. Every error is an *OutputError.
func Parse(output string, withSecret bool) (Result, error) {
	if len(output) > maxOutput {
		return Result{}, outputError("too-big", "Max", maxOutput>>20)
	}
	output = pasted.Text(output)
	if strings.TrimSpace(output) == "" {
		return Result{}, outputError("empty")
	}
	var found *Result
	for rest, tries := output, 0; tries < maxBraces; tries++ {
		at := strings.IndexByte(rest, '{')
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		pairs, ok := flatObject(rest[:min(len(rest), maxObject)])
		if !ok || !has(pairs, fieldClient) {
			continue
		}
		next, err := read(pairs, withSecret)
		switch {
		case err != nil:
			return Result{}, err
		case found != nil && !found.same(next):
			return Result{}, outputError("twice")
		}
		found = &next
	}
	if found == nil {
		return Result{}, outputError("none")
	}
	return *found, nil
}

// same reports whether two results are one, pasted twice.
func (r Result) same(o Result) bool {
	equal := r.Secret.Equal(o.Secret)
	r.Secret, o.Secret = oauth.Secret{}, oauth.Secret{}
	return equal && r == o
}

type pair struct{ name, value string }

func has(pairs []pair, name string) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return p.name == name })
}

// read judges the fields of an object.
func read(pairs []pair, withSecret bool) (Result, error) {
	known := []string{fieldClient, fieldTenant}
	if withSecret {
		known = append(known, fieldSecret, fieldExpires, fieldKey)
	}
	values := make(map[string]string)
	for _, p := range pairs {
		switch _, twice := values[p.name]; {
		case !slices.Contains(known, p.name):
			return Result{}, outputError("unknown", "Field", shown(p.name))
		case twice:
			return Result{}, outputError("field-twice", "Field", p.name)
		}
		values[p.name] = strings.TrimSpace(p.value)
	}
	var missing []string
	for _, name := range known {
		if values[name] == "" && name != fieldKey {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return Result{}, outputError("missing", "Fields", strings.Join(missing, ", "))
	}
	for _, name := range []string{fieldClient, fieldTenant, fieldKey} {
		if v := values[name]; v != "" && !guid.MatchString(v) {
			return Result{}, outputError("not-id", "Field", name)
		}
	}
	expires, ok := dayOf(values[fieldExpires])
	if !ok {
		return Result{}, outputError("not-day", "Field", fieldExpires)
	}
	return Result{
		ClientID: strings.ToLower(values[fieldClient]), TenantID: strings.ToLower(values[fieldTenant]),
		Secret: oauth.NewSecret(values[fieldSecret]), Expires: expires, SecretKeyID: strings.ToLower(values[fieldKey]),
	}, nil
}

// dayOf reads a day, or a time as Microsoft Graph writes it, of which the day
// counts. The empty text is no day and right.
func dayOf(value string) (string, bool) {
	if value == "" {
		return "", true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC().Format(time.DateOnly), true
		}
	}
	return "", false
}

// shown is the name of a field, fit for a sentence.
func shown(name string) string {
	const most = 30
	name = strings.Map(func(r rune) rune {
		if quotable(string(r)) != nil {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}

// flatObject reads what stands behind a brace up to the closing one: names and
// values that are strings, and nothing else.
func flatObject(text string) ([]pair, bool) {
	var pairs []pair
	for {
		var p pair
		var ok bool
		if p.name, text, ok = stringToken(text); !ok {
			return nil, false
		}
		if text, ok = strings.CutPrefix(skipSpace(text), ":"); !ok {
			return nil, false
		}
		if p.value, text, ok = stringToken(text); !ok {
			return nil, false
		}
		pairs = append(pairs, p)
		text = skipSpace(text)
		switch {
		case strings.HasPrefix(text, "}"):
			return pairs, true
		case strings.HasPrefix(text, ","):
			text = text[1:]
		default:
			return nil, false
		}
	}
}

func skipSpace(text string) string { return strings.TrimLeft(text, " \t\r\n\u00a0") }

// stringToken reads one JSON string and leaves out the line breaks that a
// console has put into it.
func stringToken(text string) (value, rest string, ok bool) {
	text = skipSpace(text)
	if !strings.HasPrefix(text, `"`) {
		return "", "", false
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			token := strings.NewReplacer("\r", "", "\n", "").Replace(text[:i+1])
			if json.Unmarshal([]byte(token), &value) != nil {
				return "", "", false
			}
			return value, text[i+1:], true
		}
	}
	return "", "", false
}
