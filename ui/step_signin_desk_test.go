package ui

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/internal/practice"
	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// desk is a window on the practice tenant without a screen. What the window
// does off the UI goroutine comes back through a queue that only the test's
// goroutine empties, as only the UI goroutine does in the real window.
type desk struct {
	t      *testing.T
	tenant *practice.Tenant
	values practice.Values
	bench  *wizard.Workbench
	app    *App
	flow   *flow

	mu    sync.Mutex
	queue []func()
	wake  chan struct{}
}

// patience only ends a test that hangs; it is no measure of speed.
const patience = time.Minute

func newDesk(t *testing.T) *desk {
	t.Helper()
	tenant, err := practice.Start(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tenant.Close() })
	cat, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	cat.Add(tenant.Cloud())
	data, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, tenant: tenant, values: tenant.Values(), wake: make(chan struct{}, 1)}
	d.bench = &wizard.Workbench{
		Catalog: cat, Store: data, Vault: store.NewMemory(), Roots: tenant.Roots(), Practice: true,
	}
	d.app = New(test.NewTempApp(t), Options{
		Bench: d.bench, Practice: &PracticeValues{Address: d.values.Address}, Do: d.do,
	})
	t.Cleanup(func() {
		d.app.Quit()
		d.until("what was typed is on its way to the disk", func() bool { return d.app.closed })
		done := make(chan struct{})
		go func() {
			d.app.saver.wait()
			d.app.group.Wait()
			close(done)
		}()
		d.until("the window has closed", func() bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		})
	})
	return d
}

// do queues what is to run on the UI goroutine.
func (d *desk) do(f func()) {
	d.mu.Lock()
	d.queue = append(d.queue, f)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// until runs what is queued until the condition holds.
func (d *desk) until(what string, holds func() bool) {
	d.t.Helper()
	hang := time.After(patience)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-d.wake:
		case <-again.C:
		case <-hang:
			d.t.Fatalf("never came: %s; shown: %s", what, strings.Join(d.shown(), " | "))
		}
		d.mu.Lock()
		queue := d.queue
		d.queue = nil
		d.mu.Unlock()
		for _, f := range queue {
			f()
		}
	}
}

// draft is a draft of the practice tenant's registration, its secret in the vault.
func (d *desk) draft() *wizard.Draft {
	d.t.Helper()
	draft := wizard.NewDraft(time.Now())
	draft.Name = "Support inbox"
	draft.Cloud = practice.CloudID
	draft.TenantID, draft.ClientID = d.values.TenantID, d.values.ClientID
	draft.RedirectHost, draft.SecretExpires = d.values.RedirectHost, d.values.SecretExpires
	draft.Mailbox.Key = "SUPPO"
	draft.HasSecret = true
	if err := d.bench.PutSecret(d.t.Context(), draft.ID, d.values.ClientSecret); err != nil {
		d.t.Fatal(err)
	}
	return draft
}

// signIn signs in for the draft without the window.
func (d *desk) signIn(draft *wizard.Draft, username string) {
	d.t.Helper()
	session, err := d.bench.SignIn(d.t.Context(), draft, false)
	if err != nil {
		d.t.Fatal(err)
	}
	defer session.Close()
	if _, err := d.tenant.Browse(d.t.Context(), session.URL(), username); err != nil {
		d.t.Fatal(err)
	}
	in, err := session.Wait(d.t.Context())
	if err == nil {
		err = d.bench.SignedIn(d.t.Context(), draft, in)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// browser makes the workbench open the tenant's robot as the browser.
func (d *desk) browser(username string) {
	ctx := d.t.Context()
	d.bench.OpenBrowser = func(_ context.Context, url string) error {
		go func() { _, _ = d.tenant.Browse(ctx, url, username) }()
		return nil
	}
}

// open shows the wizard at a step of the draft.
func (d *desk) open(draft *wizard.Draft, step wizard.StepID, others ...store.Connection) {
	draft.Step = step
	d.flow = newFlow(d.app, draft, others)
	d.app.show(d.flow)
	d.app.window.Resize(fyne.NewSize(1040, 720))
}

// seen calls visit for every visible object of the window.
func (d *desk) seen(visit func(fyne.CanvasObject)) { walk(d.app.window.Content(), visit) }

func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			walk(child, visit)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			walk(child, visit)
		}
	}
}

// shown lists the texts that can be read.
func (d *desk) shown() []string {
	var texts []string
	d.seen(func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widgets.Text:
			texts = append(texts, o.Text())
		case *widgets.Button:
			texts = append(texts, o.Text())
		}
	})
	return texts
}

// reads reports whether a text containing part can be read.
func (d *desk) reads(part string) bool { return strings.Contains(strings.Join(d.shown(), "\n"), part) }

func (d *desk) mustRead(parts ...string) {
	d.t.Helper()
	for _, part := range parts {
		if !d.reads(part) {
			d.t.Errorf("%q is not shown: %s", part, strings.Join(d.shown(), " | "))
		}
	}
}

// button finds a visible button by its text.
func (d *desk) button(text string) *widgets.Button {
	d.t.Helper()
	var found *widgets.Button
	d.seen(func(o fyne.CanvasObject) {
		if b, ok := o.(*widgets.Button); ok && found == nil && b.Text() == text {
			found = b
		}
	})
	if found == nil {
		d.t.Fatalf("no button %q: %s", text, strings.Join(d.shown(), " | "))
	}
	return found
}

// press presses a button with the keyboard.
func (d *desk) press(text string) {
	d.t.Helper()
	b := d.button(text)
	d.app.window.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func (d *desk) escape() { d.app.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) }

func (d *desk) clipboard() string { return d.app.fyne.Clipboard().Content() }

func (d *desk) secret(key string) oauth.Secret {
	d.t.Helper()
	value, err := d.bench.Vault.Get(d.t.Context(), key)
	if err != nil {
		d.t.Fatal(err)
	}
	return value
}
