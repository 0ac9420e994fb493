package oauth

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// maxPaste bounds a pasted text; it holds an address of maxAddress that was
// percent-encoded once more.
const maxPaste = 64 << 10

// maxEncoded is how often an address may have been percent-encoded on its way,
// once by each program that put it into an address of its own.
const maxEncoded = 3

var (
	callbackWithin = regexp.MustCompile(`(?i)https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?` + callbackPath + `\?`)
	queryAlone     = regexp.MustCompile(`^[?#]?[a-z_]+=`)
)

// Paste takes the address at which the browser stopped, for browsers that cannot
// reach this program (another computer, a blocked port). Spaces and quotes
// around it, words before it, line breaks inside, a missing scheme and further
// percent-encodings do no harm, nor does another port. The words of one of
// Entra's error pages end the session with the *Error in them.
//
// On nil, Wait goes on with it. Otherwise the error is a *PasteError and the
// session waits as before.
func (s *Session) Paste(text string) error {
	if len(text) > maxPaste {
		return &PasteError{PasteTooLong}
	}
	answer, kind := s.readPaste(text)
	if kind != "" {
		if kind == PasteOtherSignIn {
			s.sawForeign()
		}
		return &PasteError{kind}
	}
	if !s.claim() {
		return &PasteError{PasteAgain}
	}
	s.deliver(answer)
	return nil
}

// readPaste returns the answer in the text, or what is wrong with it.
func (s *Session) readPaste(text string) (callback, PasteKind) {
	address := pastedURL(text)
	if address != nil {
		if answer, worth := s.judge(pastedQuery(address)); worth == verdictGood {
			return answer, ""
		}
	}
	if code := s.errorPageCode(address); code != "" {
		text = "AADSTS" + code
	}
	if !isWholeAddress(text) && !isCallback(address) {
		if e := errorOfText(text, scrub(s.proof.verifier)); e.Code() != 0 {
			return callback{err: e}, ""
		}
	}
	return callback{}, s.pasteKind(address)
}

func (s *Session) pasteKind(address *url.URL) PasteKind {
	if address == nil {
		return PasteNotAddress
	}
	if s.isAuthority(address) {
		return PasteAtMicrosoft
	}
	q := pastedQuery(address)
	_, worth := s.judge(q)
	if worth == verdictEmpty || !holdsAnswer(q) {
		return PasteNoCode
	}
	return PasteOtherSignIn
}

// errorPageCode is the number in the address of Microsoft's page about an error,
// such as https://login.microsoftonline.com/error?code=50011.
func (s *Session) errorPageCode(address *url.URL) string {
	if address == nil || !s.isAuthority(address) || strings.Trim(address.Path, "/") != "error" {
		return ""
	}
	code := address.Query().Get("code")
	if !codeShape.MatchString("AADSTS" + code) {
		return ""
	}
	return code
}

func (s *Session) isAuthority(address *url.URL) bool {
	base, err := url.Parse(s.signIn.Registration.Cloud.Authority)
	return err == nil && strings.EqualFold(base.Host, address.Host)
}

// isWholeAddress tells an address from the words of a page, which may well begin
// like one once their spaces are gone.
func isWholeAddress(text string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimLeft(text, " \t\r\n\"'<")), "http")
}

// isCallback reports whether the address is of a redirect URI like ours.
func isCallback(address *url.URL) bool {
	return address != nil && strings.TrimRight(address.Path, "/") == callbackPath
}

// pastedURL finds the address in what was pasted, nil when there is none.
func pastedURL(text string) *url.URL {
	text = strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf) || strings.ContainsRune("\"'`<>“”‘’«»", r)
	})
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) {
			return -1 // a line break or a soft hyphen that a mail or a terminal put in
		}
		return r
	}, text)
	for range maxEncoded {
		plain, err := url.PathUnescape(text)
		if err != nil || strings.ContainsAny(text, "?#=") {
			break
		}
		text = plain
	}
	if strings.Contains(text, "&amp;") {
		text = html.UnescapeString(text)
	}
	if within := callbackWithin.FindStringIndex(text); within != nil {
		text = text[within[0]:] // words before it, such as who sent it
	}
	scheme := strings.ToLower(text)
	switch {
	case strings.HasPrefix(scheme, "http://"), strings.HasPrefix(scheme, "https://"):
	case queryAlone.MatchString(text):
		text = ConsentRedirect + "?" + strings.TrimLeft(text, "?#")
	case strings.HasPrefix(text, callbackPath):
		text = "http://localhost" + text
	default:
		text = "http://" + strings.TrimPrefix(text, "//")
	}
	address, err := url.Parse(text)
	if err != nil || !looksLikeHost(address.Hostname()) || address.User != nil {
		return nil
	}
	return address
}

// looksLikeHost tells an address without a scheme from any other words.
func looksLikeHost(host string) bool {
	return isLoopback(host) || strings.Contains(host, ".") && tenantShape.MatchString(host)
}

// pastedQuery is the query of the address, or its fragment where that holds the
// answer, without the parameters that cannot be read.
func pastedQuery(address *url.URL) url.Values {
	raw := address.RawQuery
	if raw == "" && strings.Contains(address.Fragment, "=") {
		raw = address.EscapedFragment()
	}
	q, _ := url.ParseQuery(raw)
	return q
}
