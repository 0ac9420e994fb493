package practice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// PageError is an error that the sign-in service showed to the person instead
// of returning it to the application.
type PageError struct {
	Code int    // the AADSTS number
	Text string // with the number, as the page has it
}

// Error is the page's text.
func (e *PageError) Error() string { return e.Text }

// Robot is a browser without a window for the practice tenant's pages: it
// follows redirects and presses one button a page. It contacts loopback alone.
// One Robot keeps its cookies, as one browser does; it is for one goroutine.
type Robot struct {
	// Username is the account to pick.
	Username string
	// Decline presses Cancel where consent is asked for.
	Decline bool

	client *http.Client
}

// NewRobot makes a browser with empty cookies that trusts this tenant.
func (t *Tenant) NewRobot(username string) *Robot { return NewRobot(username, t.Roots()) }

// NewRobot makes a browser with empty cookies that trusts roots, also for a
// tenant in another process; nil trusts what the system does.
func NewRobot(username string, roots *x509.CertPool) *Robot {
	jar, _ := cookiejar.New(nil) // it never fails
	return &Robot{Username: username, client: &http.Client{
		Jar:     jar,
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Browse signs in as username the way a person would: it opens the authorize
// address, picks the account, accepts, and lets the callback on loopback be
// called. It returns the address at which the browser stops: the callback with
// code or error, or a redirect URI on another host, which it does not contact.
// A *PageError is an error page of the sign-in service.
func (t *Tenant) Browse(ctx context.Context, authorizeURL, username string) (finalURL string, err error) {
	return t.NewRobot(username).Browse(ctx, authorizeURL)
}

const maxPages = 20

// Browse follows address to its end; see Tenant.Browse.
func (b *Robot) Browse(ctx context.Context, address string) (finalURL string, err error) {
	next, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	for range maxPages {
		here := next.URL.String()
		if !onLoopback(next.URL) {
			return here, nil
		}
		page, err := b.load(next)
		switch {
		case err != nil:
			return here, err
		case page.next != nil:
			next = page.next
		case page.problem != nil && !page.hasForm:
			return here, page.problem
		case page.hasForm:
			return here, fmt.Errorf("practice: account %s is not offered", b.Username)
		default:
			return here, nil
		}
	}
	return "", errors.New("practice: too many pages")
}

func onLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// pageSeen is what came of one request.
type pageSeen struct {
	next    *http.Request // a redirect, or the button pressed
	problem *PageError
	hasForm bool
}

func (b *Robot) load(req *http.Request) (pageSeen, error) {
	resp, err := b.client.Do(req)
	if err != nil {
		return pageSeen{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		target, err := resp.Location()
		if err != nil {
			return pageSeen{}, err
		}
		next, err := http.NewRequestWithContext(req.Context(), http.MethodGet, target.String(), nil)
		return pageSeen{next: next}, err
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return pageSeen{}, nil // such as a callback that answers in plain text
	}
	root, err := html.Parse(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return pageSeen{}, err
	}
	return b.read(req, root)
}

// read finds the page's form and presses the button for this user.
func (b *Robot) read(req *http.Request, root *html.Node) (pageSeen, error) {
	var seen pageSeen
	var form *html.Node
	fields, button := url.Values{}, ""
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case attr(n, "id") == "aadsts":
			code, _ := strconv.Atoi(attr(n, "data-code")) // ours; 0 would show in tests
			seen.problem = &PageError{code, words(n)}
		case n.Data == "form" && isOurs(attr(n, "id")):
			form, seen.hasForm = n, true
		case form != nil && n.Data == "input":
			fields.Add(attr(n, "name"), attr(n, "value"))
		case form != nil && n.Data == "button" && b.presses(attr(form, "id"), n):
			button = "pressed"
			if attr(n, "name") != "" {
				fields.Set(attr(n, "name"), attr(n, "value"))
			}
		}
	}
	if form == nil || button == "" {
		return seen, nil
	}
	action, err := req.URL.Parse(attr(form, "action"))
	if err != nil {
		return seen, err
	}
	next, err := http.NewRequestWithContext(req.Context(), http.MethodPost, action.String(), strings.NewReader(fields.Encode()))
	if err != nil {
		return seen, err
	}
	next.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	seen.next = next
	return seen, nil
}

// isOurs tells the practice tenant's forms from those of other pages.
func isOurs(id string) bool {
	return id == "accounts" || id == "consent" || id == "back" || id == "post"
}

// presses decides whether a button of a form is the one to press.
func (b *Robot) presses(form string, button *html.Node) bool {
	switch form {
	case "accounts":
		return strings.EqualFold(attr(button, "value"), b.Username)
	case "consent":
		return (attr(button, "value") == "accept") != b.Decline
	}
	return true
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var text strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			text.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(text.String())
}
