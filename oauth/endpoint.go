package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what is read of an answer.
const maxBody = 1 << 20

// assumedLife is used when an answer does not say how long its token lives; it
// is the shortest default (Microsoft Learn: Access tokens in the Microsoft
// identity platform).
const assumedLife = time.Hour

// Token is what the token endpoint gave.
type Token struct {
	// Access goes to the mail server, Refresh to the keyring. Refresh is zero when
	// the answer had none.
	Access, Refresh Secret
	// Expires is when Access ends, by this computer's wall clock.
	Expires time.Time
	// Scopes are what was granted; where the answer does not say, what was asked
	// (RFC 6749, section 5.1).
	Scopes []string
}

// reply is one answer of the sign-in service, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
	// server is the Date header, zero when there is none; local is our clock then.
	server, local time.Time
}

// service is the sign-in service as this package talks to it.
type service struct {
	client *http.Client
	now    func() time.Time
}

// newService copies the client, so that a form never follows a redirect whatever
// the caller's client allows.
func newService(client *http.Client, now func() time.Time) service {
	if client == nil {
		client = NewClient(nil)
	}
	if now == nil {
		now = time.Now
	}
	own := *client
	follow := own.CheckRedirect
	own.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if err := checkRedirect(next, via); err != nil || follow == nil {
			return err
		}
		return follow(next, via)
	}
	return service{client: &own, now: now}
}

func (s service) do(req *http.Request) (reply, error) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Postkey")
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	r := reply{status: resp.StatusCode, header: resp.Header, local: s.now().Round(0)}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		r.server = date
	}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return r, fmt.Errorf("reading the answer of %s: %w", req.URL.Host, err)
	}
	if len(r.body) > maxBody {
		return r, fmt.Errorf("%w: %s sent more than 1 MiB", ErrAnswer, req.URL.Host)
	}
	r.body = bytes.TrimPrefix(r.body, []byte("\xef\xbb\xbf"))
	return r, nil
}

// get reads a JSON document into v.
func (s service) get(ctx context.Context, address string, v any) (reply, error) {
	if _, err := secureURL(address); err != nil {
		return reply{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return reply{}, err
	}
	r, err := s.do(req)
	if err != nil {
		return r, err
	}
	if r.status != http.StatusOK {
		return r, errorOf(r, scrubber{})
	}
	if json.Unmarshal(r.body, v) != nil {
		return r, errorOf(r, scrubber{})
	}
	return r, nil
}

// tokenAnswer is a token with what came beside it.
type tokenAnswer struct {
	Token
	idToken string
	reply   reply
}

// token redeems a code or a refresh token, or asks in the client's own name. The
// client authenticates in the body (Entra offers client_secret_post and
// private_key_jwt).
//
// The request is made here and not by golang.org/x/oauth2, which sends no scope
// with a refresh and hides the headers and Entra's own error fields.
func (s service) token(ctx context.Context, reg Registration, form url.Values, scopes []string) (tokenAnswer, error) {
	form.Set("client_id", reg.clientID())
	form.Set("scope", strings.Join(scopes, " "))
	proof, err := reg.authenticate(form, s.now())
	if err != nil {
		return tokenAnswer{}, err
	}
	hide := scrub(proof, reg.ClientSecret, NewSecret(form.Get("code")),
		NewSecret(form.Get("code_verifier")), NewSecret(form.Get("refresh_token")))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, reg.TokenURL(), strings.NewReader(form.Encode()))
	if err != nil {
		return tokenAnswer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := s.do(req)
	if err != nil {
		return tokenAnswer{}, fmt.Errorf("asking for a token: %w", err)
	}
	answer, err := readToken(r, scopes, hide)
	if isTimeRefusal(err) {
		err = withSkew(err, r.server, r.local)
	}
	return answer, err
}

// readToken reads a token answer (RFC 6749, section 5.1) or the error in it.
func readToken(r reply, asked []string, hide scrubber) (tokenAnswer, error) {
	var fields struct {
		Error     any             `json:"error"`
		TokenType string          `json:"token_type"`
		Access    string          `json:"access_token"`
		Refresh   string          `json:"refresh_token"`
		IDToken   string          `json:"id_token"`
		Scope     string          `json:"scope"`
		ExpiresIn json.RawMessage `json:"expires_in"`
	}
	err := json.Unmarshal(r.body, &fields)
	if r.status != http.StatusOK || fields.Error != nil || !bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("{")) {
		return tokenAnswer{}, errorOf(r, hide)
	}
	switch {
	case err != nil:
		return tokenAnswer{}, fmt.Errorf("%w: it is not a token answer in JSON", ErrAnswer)
	case fields.Access == "":
		return tokenAnswer{}, fmt.Errorf("%w: it holds no access token", ErrAnswer)
	case !strings.EqualFold(fields.TokenType, "Bearer"):
		return tokenAnswer{}, fmt.Errorf("%w: unknown token type %q", ErrAnswer, shorten(hide.clean(fields.TokenType), 40))
	}
	granted := strings.Fields(fields.Scope)
	if len(granted) == 0 {
		granted = append(granted, asked...)
	}
	return tokenAnswer{
		Token: Token{
			Access:  NewSecret(fields.Access),
			Refresh: NewSecret(fields.Refresh),
			Expires: r.local.Add(lifetime(fields.ExpiresIn)),
			Scopes:  granted,
		},
		idToken: fields.IDToken,
		reply:   r,
	}, nil
}

// lifetime reads expires_in, which some servers send as text.
func lifetime(raw json.RawMessage) time.Duration {
	seconds, err := strconv.ParseFloat(looseText(raw), 64)
	if err != nil || seconds < 0 || math.IsNaN(seconds) {
		return assumedLife
	}
	return time.Duration(min(seconds, math.MaxInt32)) * time.Second
}

// isTimeRefusal reports whether Entra refused because of a time in what we sent:
// an assertion outside its time range.
func isTimeRefusal(err error) bool {
	e, ok := err.(*Error)
	return ok && (e.Code() == 500133 || e.Code() == 700024)
}
