// Package chromium gives tests a real browser: Debian's Chromium without a
// window, driven through chromedriver as W3C WebDriver describes. It is for
// tests alone. Start with Start.
//
// The browser has a profile of its own and asks nothing of the outside world.
package chromium

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Browser is one running Chromium with one tab. Every method fails the test
// when the browser does not do what it is asked.
type Browser struct {
	t       testing.TB
	ctx     context.Context
	session string // the base address of the WebDriver session
}

var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-US",
}

// patience is how long Find waits for an element, and a page may load.
const patience = 20 * time.Second

// Start starts a browser and ends it with the test. It fails the test when a
// program is missing, and names its Debian package.
func Start(t testing.TB) *Browser {
	t.Helper()
	for program, pkg := range map[string]string{"chromium": "chromium", "chromedriver": "chromium-driver"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: install Debian's package %s", program, pkg)
		}
	}
	home := t.TempDir()
	b := &Browser{t: t, ctx: t.Context()}
	driver := b.startDriver(home)
	binary, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal(err)
	}
	var opened struct {
		SessionID string `json:"sessionId"`
	}
	b.session = driver + "/session"
	b.ask(http.MethodPost, "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName":        "chrome",
		"goog:loggingPrefs":  map[string]string{"browser": "ALL"},
		"goog:chromeOptions": map[string]any{"binary": binary, "args": append(flags, "--user-data-dir="+filepath.Join(home, "profile"))},
		"timeouts":           map[string]int64{"implicit": 0, "pageLoad": patience.Milliseconds()},
	}}}, &opened)
	b.session += "/" + opened.SessionID
	t.Cleanup(func() {
		b.ctx = context.WithoutCancel(b.ctx) // which has ended with the test
		b.ask(http.MethodDelete, "", nil, nil)
	})
	return b
}

var startedOn = regexp.MustCompile(`started successfully on port (\d+)`)

// startDriver starts chromedriver and returns its address.
func (b *Browser) startDriver(home string) string {
	b.t.Helper()
	cmd := exec.Command("chromedriver", "--port=0")
	cmd.Env = []string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "TMPDIR=" + home,
		"DBUS_SESSION_BUS_ADDRESS=disabled:", // otherwise a bus is started for it, and stays
	}
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port := startedOn.FindStringSubmatch(lines.Text()); port != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return "http://127.0.0.1:" + port[1]
		}
	}
	b.t.Fatalf("chromedriver did not start: %v", lines.Err())
	return ""
}

// commandError is what WebDriver answers instead of a value.
type commandError struct {
	Kind    string `json:"error"`
	Message string `json:"message"`
}

// try sends one command of WebDriver and decodes the answer's value into value.
func (b *Browser) try(method, command string, body, value any) (*commandError, error) {
	var payload io.Reader
	if method == http.MethodPost {
		if body == nil {
			body = struct{}{}
		}
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(b.ctx, 3*patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, b.session+command, payload)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		var e commandError
		return &e, json.Unmarshal(answer.Value, &e)
	}
	if value == nil {
		return nil, nil
	}
	return nil, json.Unmarshal(answer.Value, value)
}

func (b *Browser) ask(method, command string, body, value any) {
	b.t.Helper()
	refused, err := b.try(method, command, body, value)
	if err != nil {
		b.t.Fatalf("chromedriver: %s %s: %v", method, command, err)
	}
	if refused != nil {
		b.t.Fatalf("chromedriver: %s %s: %s: %s", method, command, refused.Kind, refused.Message)
	}
}

// Open goes to an address and waits until the page is loaded.
func (b *Browser) Open(address string) {
	b.t.Helper()
	b.ask(http.MethodPost, "/url", map[string]string{"url": address}, nil)
}

// Reload, Back and Forward are the browser's buttons.
func (b *Browser) Reload()  { b.t.Helper(); b.ask(http.MethodPost, "/refresh", nil, nil) }
func (b *Browser) Back()    { b.t.Helper(); b.ask(http.MethodPost, "/back", nil, nil) }
func (b *Browser) Forward() { b.t.Helper(); b.ask(http.MethodPost, "/forward", nil, nil) }

// Address is the address that the tab shows.
func (b *Browser) Address() (address string) {
	b.t.Helper()
	b.ask(http.MethodGet, "/url", nil, &address)
	return address
}

// Title is the title of the page.
func (b *Browser) Title() (title string) {
	b.t.Helper()
	b.ask(http.MethodGet, "/title", nil, &title)
	return title
}

// Element is one element of the page that was shown when it was found.
type Element struct {
	b  *Browser
	id string
}

// Find waits for an element that matches a CSS selector.
func (b *Browser) Find(selector string) Element {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		var found map[string]string
		refused, err := b.try(http.MethodPost, "/element", map[string]string{"using": "css selector", "value": selector}, &found)
		switch {
		case err != nil:
			b.t.Fatalf("chromedriver: find %s: %v", selector, err)
		case refused == nil:
			for _, id := range found { // one entry, whose key is a constant of the standard
				return Element{b, id}
			}
		case refused.Kind != "no such element" || time.Now().After(end):
			b.t.Fatalf("no %s at %s (%q): %s", selector, b.Address(), b.Title(), refused.Kind)
		}
	}
}

// Text is what a person reads in the first element that matches.
func (b *Browser) Text(selector string) (text string) {
	b.t.Helper()
	b.read(selector, "/text", &text)
	return text
}

// Style is the computed value of a CSS property of the first element that matches.
func (b *Browser) Style(selector, property string) (value string) {
	b.t.Helper()
	b.read(selector, "/css/"+property, &value)
	return value
}

// read asks something of an element, and again when the page was replaced
// between finding and asking.
func (b *Browser) read(selector, what string, value *string) {
	b.t.Helper()
	for range 50 {
		refused, err := b.try(http.MethodGet, "/element/"+b.Find(selector).id+what, nil, value)
		switch {
		case err != nil:
			b.t.Fatalf("chromedriver: %s of %s: %v", what, selector, err)
		case refused == nil:
			return
		case refused.Kind != "stale element reference":
			b.t.Fatalf("chromedriver: %s of %s: %s: %s", what, selector, refused.Kind, refused.Message)
		}
	}
	b.t.Fatalf("the pages change too fast to read %s", selector)
}

// Await waits until the first element that matches has this text, and reports
// whether that was so in the end.
func (b *Browser) Await(selector, text string) bool {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if b.Text(selector) == text {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// Click presses an element.
func (e Element) Click() {
	e.b.t.Helper()
	e.b.ask(http.MethodPost, "/element/"+e.id+"/click", nil, nil)
}

// queries are the queries of addresses in the console, which hold codes.
var queries = regexp.MustCompile(`\?[\w=&%.~-]+`)

// Complaints are what the browser wrote to its console since it was last asked,
// but for what it only notes. Addresses have lost their queries.
func (b *Browser) Complaints() []string {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.ask(http.MethodPost, "/se/log", map[string]string{"type": "browser"}, &entries)
	var complaints []string
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			complaints = append(complaints, fmt.Sprintf("%s %s", strings.ToLower(e.Level), queries.ReplaceAllString(e.Message, "")))
		}
	}
	return complaints
}
