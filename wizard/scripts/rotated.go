package scripts

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/pasted"
)

// Rotated is one client secret that a script has added.
type Rotated struct {
	// ClientID and TenantID are empty where the output does not say.
	ClientID, TenantID string
	Secret             oauth.Secret
	// Expires is the day on which it ends, 2027-05-21; KeyID Microsoft's ID of
	// it. Both are empty where the output does not say.
	Expires, KeyID string
}

func rotatedError(key string, pairs ...any) error {
	return &OutputError{assets.Msg("rotatescript."+key, pairs...)}
}

// maxRotated is how many secrets one output can hold.
const maxRotated = 500

// ParseRotated finds the client secrets in pasted console output: what the
// scripts of Rotation print, one or an array of several, and the JSON of
// az ad app credential reset and of Add-MgApplicationPassword, whatever stands
// around it. Only with a single secret may the client ID be missing. Lines that a
// console has broken inside a value are joined, and the text may be a file in any
// form of pasted.Text. Every error is an *OutputError.
func ParseRotated(output string) ([]Rotated, error) {
	if len(output) > maxOutput {
		return nil, rotatedError("too-big", "Max", maxOutput>>20)
	}
	output = pasted.Text(output)
	if strings.TrimSpace(output) == "" {
		return nil, rotatedError("empty")
	}
	var all []Rotated
	for rest, tries := output, 0; tries < maxBraces; tries++ {
		at := strings.IndexByte(rest, '{')
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		fields, ok := looseObject(rest[:min(len(rest), maxObject)])
		if !ok || fields["secret"] == "" {
			continue
		}
		next, err := rotatedOf(fields)
		if err != nil {
			return nil, err
		}
		if all, err = addRotated(all, next); err != nil {
			return nil, err
		}
	}
	switch {
	case len(all) == 0:
		return nil, rotatedError("none")
	case len(all) > 1 && slices.ContainsFunc(all, func(r Rotated) bool { return r.ClientID == "" }):
		return nil, rotatedError("no-client")
	}
	return all, nil
}

// addRotated adds a secret unless it is there already, pasted twice.
func addRotated(all []Rotated, next Rotated) ([]Rotated, error) {
	for _, r := range all {
		if r.Secret.Equal(next.Secret) && r.ClientID == next.ClientID {
			return all, nil
		}
		if r.ClientID != "" && r.ClientID == next.ClientID {
			return nil, rotatedError("twice", "Client", r.ClientID)
		}
	}
	if len(all) == maxRotated {
		return nil, rotatedError("too-many", "Max", maxRotated)
	}
	return append(all, next), nil
}

// names are what the tools call the fields, in lower case.
var names = map[string]string{
	"client_id": "client", "appid": "client",
	"tenant_id": "tenant", "tenant": "tenant",
	"secret": "secret", "password": "secret", "secrettext": "secret",
	"secret_expires": "expires", "enddatetime": "expires",
	"secret_key_id": "key", "keyid": "key",
}

func rotatedOf(fields map[string]string) (Rotated, error) {
	for _, name := range []string{"client", "tenant", "key"} {
		value := fields[name]
		if value != "" && !guid.MatchString(value) && (name != "tenant" || strings.ContainsAny(value, " \t\"'")) {
			return Rotated{}, rotatedError("not-id", "Field", fields[name+" name"])
		}
	}
	expires, ok := dayOf(fields["expires"])
	if m := milliseconds.FindStringSubmatch(fields["expires"]); m != nil {
		// Windows PowerShell 5.1 writes a time so.
		ms, err := strconv.ParseInt(m[1], 10, 64)
		expires, ok = time.UnixMilli(ms).UTC().Format(time.DateOnly), err == nil && ms < 1<<43
	}
	if !ok {
		return Rotated{}, rotatedError("not-day", "Field", fields["expires name"])
	}
	return Rotated{
		ClientID: strings.ToLower(fields["client"]), TenantID: strings.ToLower(fields["tenant"]),
		Secret: oauth.NewSecret(fields["secret"]), Expires: expires, KeyID: strings.ToLower(fields["key"]),
	}, nil
}

var milliseconds = regexp.MustCompile(`^/Date\(([0-9]{1,15})\)/$`)

// looseObject reads what stands behind a brace up to the closing one: the
// fields of names that are strings, and, as "client name", what each was called.
// Fields of other names and of other kinds do not matter.
func looseObject(text string) (map[string]string, bool) {
	fields := make(map[string]string)
	for {
		name, rest, ok := stringToken(text)
		if !ok {
			return nil, false
		}
		if rest, ok = strings.CutPrefix(skipSpace(rest), ":"); !ok {
			return nil, false
		}
		value, after, isText := stringToken(rest)
		if !isText {
			if after, ok = skipValue(rest); !ok {
				return nil, false
			}
		}
		if means := names[strings.ToLower(name)]; means != "" && isText {
			if had, twice := fields[means]; twice && had != strings.TrimSpace(value) {
				return nil, false
			}
			fields[means], fields[means+" name"] = strings.TrimSpace(value), name
		}
		text = skipSpace(after)
		switch {
		case strings.HasPrefix(text, "}"):
			return fields, true
		case strings.HasPrefix(text, ","):
			text = text[1:]
		default:
			return nil, false
		}
	}
}

// skipValue reads a value that is no string and returns what follows it.
func skipValue(text string) (rest string, ok bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if dec.Decode(&value) != nil {
		return "", false
	}
	return text[dec.InputOffset():], true
}
