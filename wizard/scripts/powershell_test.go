package scripts

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"postkey/oauth"
)

// token is a piece of PowerShell: what kind, and what it means. Where there is no
// PowerShell to ask, the tests read its language themselves.
type token struct{ kind, text string }

// tokens splits PowerShell into comments, literals in single quotes, strings in
// double quotes and single other characters, by the rules of its scanner: five
// characters are a single quote, four are a double one, two of a kind are one
// inside, and a backquote escapes outside of single quotes.
func tokens(script string) ([]token, error) {
	var out []token
	letters := []rune(script)
	const single, double = "'\u2018\u2019\u201a\u201b", "\"\u201c\u201d\u201e"
	quoted := func(i int, quotes string, escapes bool) (string, int, error) {
		var b strings.Builder
		for i++; i < len(letters); i++ {
			switch {
			case escapes && letters[i] == '`' && i+1 < len(letters):
				i++
			case strings.ContainsRune(quotes, letters[i]):
				if i+1 >= len(letters) || !strings.ContainsRune(quotes, letters[i+1]) {
					return b.String(), i, nil
				}
				i++
			}
			b.WriteRune(letters[i])
		}
		return "", 0, fmt.Errorf("a string has no end")
	}
	for i := 0; i < len(letters); i++ {
		r := letters[i]
		kind := "other"
		text := string(r)
		var err error
		switch {
		case unicode.IsSpace(r):
			continue
		case r == '#' && (i == 0 || unicode.IsSpace(letters[i-1])):
			kind = "comment"
			end := i
			for end < len(letters) && letters[end] != '\n' && letters[end] != '\r' {
				end++
			}
			text, i = string(letters[i:end]), end-1
		case strings.ContainsRune(single, r):
			kind = "literal"
			text, i, err = quoted(i, single, false)
		case strings.ContainsRune(double, r):
			kind = "string"
			text, i, err = quoted(i, double, true)
		case r == '`' || r == '<' || r == '>':
			return nil, fmt.Errorf("the template has %q, which this reader does not know", r)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, token{kind, text})
	}
	return out, nil
}

// marker stands for a value in a script that nothing hostile is in.
const marker = "MARKER"

// sameBut proves that a script is another one with marker replaced by value in
// whole single-quoted literals, and nowhere else.
func sameBut(plain, got, value string) error {
	want, err := tokens(plain)
	if err != nil {
		return err
	}
	have, err := tokens(got)
	if err != nil {
		return err
	}
	replaced := 0
	for i := range want {
		if want[i].kind == "literal" && strings.Contains(want[i].text, marker) {
			want[i].text = strings.ReplaceAll(want[i].text, marker, value)
			replaced++
		}
	}
	if replaced == 0 {
		return fmt.Errorf("no value at all")
	}
	if !slices.Equal(want, have) {
		return fmt.Errorf("another script:\n%s", got)
	}
	return nil
}

func withValue(r Registration, value string) Registration {
	r.Name, r.TenantID = value, value
	r.RedirectURIs = []string{"https://" + value, "http://localhost/postkey"}
	return r
}

func TestPowerShellValuesAreOneLiteral(t *testing.T) {
	kinds := map[string]func(Registration) (string, error){
		"script": func(r Registration) (string, error) { return r.Script(GraphPowerShell) },
		"verify": func(r Registration) (string, error) { return r.Verify(GraphPowerShell, clientID) },
		"undo":   func(r Registration) (string, error) { return r.Undo(GraphPowerShell, clientID) },
	}
	for kind, write := range kinds {
		plain, err := write(withValue(right(t), marker))
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range hostile {
			got, err := write(withValue(right(t), value))
			if err == nil {
				err = sameBut(plain, got, value)
			}
			if err != nil {
				t.Errorf("%s with %q: %v", kind, value, err)
			}
		}
	}
}

func TestPowerShellScript(t *testing.T) {
	r := right(t)
	text := script(t, r, GraphPowerShell)
	parts, err := tokens(text)
	if err != nil {
		t.Fatal(err)
	}
	var literals []string
	for _, p := range parts {
		if p.kind == "literal" {
			literals = append(literals, p.text)
		}
	}
	want := []string{r.Name, tenantID, "Global", "AzureADMyOrg", "00000003-0000-0000-c000-000000000000", "2027-05-21"}
	for _, p := range r.Permissions {
		want = append(want, p.ID)
	}
	for _, value := range append(want, r.RedirectURIs...) {
		if !slices.Contains(literals, value) {
			t.Errorf("%q is no literal of\n%s", value, text)
		}
	}
	for _, words := range []string{"New-MgApplication @app", "Add-MgApplicationPassword", "Web            = @{", "ConvertTo-Json"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is not in\n%s", words, text)
		}
	}
	r.Desktop, r.Audience, r.Cloud, r.TenantID = true, oauth.AudienceMultiPersonal, "custom", ""
	text = script(t, r, GraphPowerShell)
	for words, wanted := range map[string]bool{
		"PublicClient   = @{": true, "RequestedAccessTokenVersion = 2": true,
		"Password": false, "secret": false, "-TenantId": false, "-Environment": false,
	} {
		if strings.Contains(text, words) != wanted {
			t.Errorf("%q: wanted %v in\n%s", words, wanted, text)
		}
	}
	changes := []string{"New-Mg", "Update-Mg", "Remove-Mg", "Add-Mg", "Set-Mg"}
	verify, err := r.Verify(GraphPowerShell, clientID)
	for _, c := range changes {
		if err != nil || strings.Contains(verify, c) {
			t.Errorf("verify does not only read: %v\n%s", err, verify)
		}
	}
	undo, err := r.Undo(GraphPowerShell, clientID)
	ask, tag, remove := strings.Index(undo, "Read-Host"), strings.Index(undo, "'postkey-script'"), strings.Index(undo, "Remove-MgApplication")
	if err != nil || tag < 0 || ask < tag || remove < ask {
		t.Errorf("undo does not look and ask first: %v\n%s", err, undo)
	}
}

// Windows PowerShell 5.1 takes a file without a byte order mark for the system's
// code page, in which a byte of Ñ is a quote.
func TestPowerShellFileHasByteOrderMark(t *testing.T) {
	file := GraphPowerShell.File("a\nb")
	if !bytes.Equal(file, []byte("\xef\xbb\xbfa\r\nb")) || GraphPowerShell.Ending() != ".ps1" {
		t.Errorf("%q", file)
	}
	if file := AzureCLI.File("a\nb"); string(file) != "a\nb" || AzureCLI.Ending() != ".sh" {
		t.Errorf("%q", file)
	}
}
