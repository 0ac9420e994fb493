package ui

import (
	"context"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"postkey/internal/practice"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"
)

// rig is a window in Fyne's test driver with a real store, catalogue and vault.
// What the window's goroutines hand to the UI waits in a queue, which until
// empties on the test's goroutine: the test is the UI goroutine.
type rig struct {
	*App
	t     *testing.T
	queue chan func()
	dir   string
	clock time.Time
	// tenant is the practice tenant; nil without one.
	tenant *practice.Tenant
	gone   bool // the window is closed
}

type rigOptions struct {
	practice bool // with a running practice tenant
	dark     bool
	vault    store.Vault
	dir      string
	prepare  func(*wizard.Workbench)
	imports  []*wizard.Draft
}

func newRig(t *testing.T, o rigOptions) *rig {
	t.Helper()
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	r := &rig{t: t, queue: make(chan func(), 10_000), dir: o.dir, clock: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	cat, err := catalog.Load()
	must(t, err)
	data, err := store.Open(o.dir)
	must(t, err)
	if o.vault == nil {
		o.vault = store.NewMemory()
	}
	bench := &wizard.Workbench{Catalog: cat, Store: data, Vault: o.vault, Now: func() time.Time { return r.clock }}
	opts := Options{Bench: bench, Version: "1.2.3", Do: func(f func()) { r.queue <- f }, OpenURL: func(string) error { return nil }, Import: o.imports}
	if o.practice {
		tenant, err := practice.Start(practice.Options{Now: bench.Now, SignInWithin: time.Second})
		must(t, err)
		t.Cleanup(func() { must(t, tenant.Close()) })
		r.tenant = tenant
		cat.Follow(tenant.Cloud)
		bench.Practice, bench.Roots, bench.Vault = true, tenant.Roots(), tenant.Vault(o.vault)
		bench.Listen, bench.SignInWithin = tenant.Listen, tenant.SignInWithin
		tenant.UseData(data)
		v := tenant.Values()
		opts.Practice = &PracticeValues{
			TenantID: v.TenantID, ClientID: v.ClientID, Secret: v.ClientSecret, SecretExpires: v.SecretExpires,
			RedirectHost: v.RedirectHost, Domain: v.Domain, Address: v.Address, Shared: v.Shared, Delegate: v.Delegate,
			AddCertificate: tenant.AddCertificate,
			Break: func(id string) {
				tenant.Heal()
				if id != "" {
					tenant.Break(practice.Fault(id))
				}
			},
		}
		for _, f := range practice.Faults() {
			opts.Practice.Faults = append(opts.Practice.Faults, PracticeFault{ID: string(f), Title: f.Title(), Group: f.Group()})
		}
	}
	if o.prepare != nil {
		o.prepare(bench)
	}
	a := test.NewApp()
	r.App = New(a, opts)
	if o.dark {
		a.Settings().SetTheme(darkTheme{widgets.NewTheme()})
	}
	r.window.SetOnClosed(func() { r.gone = true })
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	r.Quit()
	r.until("the window closes", func() bool { return r.gone })
	test.NewApp()
}

// darkTheme is the window's theme on a system that prefers dark.
type darkTheme struct{ fyne.Theme }

func (d darkTheme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return d.Theme.Color(name, theme.VariantDark)
}

// until does what waits for the UI goroutine until the condition holds.
func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	late := time.After(time.Minute)
	for !ok() {
		select {
		case f := <-r.queue:
			f()
		case <-late:
			r.t.Fatalf("never: %s", what)
		}
	}
}

// settled waits until nothing is being written and does what was handed over.
func (r *rig) settled() {
	r.t.Helper()
	r.saver.wait()
	for {
		select {
		case f := <-r.queue:
			f()
		default:
			return
		}
	}
}

// wizard opens the wizard with a draft.
func (r *rig) wizard(d *wizard.Draft) *flow {
	r.t.Helper()
	r.show(newFlow(r.App, d, nil))
	r.window.Resize(fyne.NewSize(1040, 720))
	return r.flow()
}

func (r *rig) flow() *flow {
	r.t.Helper()
	f, ok := r.screen.(*flow)
	if !ok {
		r.t.Fatalf("the wizard is not open but %T", r.screen)
	}
	return f
}

// atStep is a draft of which all is right up to the given step.
func (r *rig) atStep(step wizard.StepID) *wizard.Draft {
	d := wizard.NewDraft(r.clock)
	d.Name, d.ClientID, d.TenantID = "Support inbox", "3f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b10", "8f1c0b52-77aa-4d5e-9a35-0c9e2d1f8b11"
	d.RedirectHost, d.SecretExpires, d.Step = "motion.contoso.com", "2027-05-21", step
	return d
}

// typeIn types over the whole text of the focused field.
func (r *rig) typeIn(text string) {
	r.t.Helper()
	entry, ok := r.window.Canvas().Focused().(*widgets.Entry)
	if !ok {
		r.t.Fatalf("no field has the focus but %T", r.window.Canvas().Focused())
	}
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd}) // ends a selection
	entry.SetText("")
	for _, letter := range text {
		entry.TypedRune(letter)
	}
}

// press sends a key to what has the focus, as the window does.
func (r *rig) press(name fyne.KeyName) {
	c := r.window.Canvas()
	event := &fyne.KeyEvent{Name: name}
	switch focused := c.Focused(); {
	case name == fyne.KeyTab:
		c.FocusNext()
	case focused != nil:
		focused.TypedKey(event)
	case c.OnTypedKey() != nil:
		c.OnTypedKey()(event)
	}
}

// chord sends a key with a modifier to what has the focus.
func (r *rig) chord(modifier fyne.KeyModifier, name fyne.KeyName) {
	shortcut := &desktop.CustomShortcut{KeyName: name, Modifier: modifier}
	if s, ok := r.window.Canvas().Focused().(fyne.Shortcutable); ok {
		s.TypedShortcut(shortcut)
		return
	}
	r.window.Canvas().(fyne.Shortcutable).TypedShortcut(shortcut)
}

// objects are all that is seen in the window, in the order of the tree.
func (r *rig) objects() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		all = append(all, o)
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				walk(child)
			}
		case fyne.Widget:
			for _, child := range test.WidgetRenderer(o).Objects() {
				walk(child)
			}
		}
	}
	walk(r.window.Canvas().Content())
	for _, o := range r.window.Canvas().Overlays().List() {
		walk(o)
	}
	return all
}

// texts is all that can be read in the window.
func (r *rig) texts() string {
	var b strings.Builder
	for _, o := range r.objects() {
		switch o := o.(type) {
		case *widgets.Text:
			b.WriteString(o.Text() + "\n")
		case *widgets.Button:
			b.WriteString(o.Text() + "\n")
		}
	}
	return b.String()
}

func (r *rig) sees(text string) {
	r.t.Helper()
	if !strings.Contains(r.texts(), text) {
		r.t.Errorf("not seen: %q in\n%s", text, r.texts())
	}
}

func (r *rig) seesNot(text string) {
	r.t.Helper()
	if strings.Contains(r.texts(), text) {
		r.t.Errorf("still seen: %q", text)
	}
}

// button finds a button by what it says.
func (r *rig) button(text string) *widgets.Button {
	r.t.Helper()
	for _, o := range r.objects() {
		if b, ok := o.(*widgets.Button); ok && b.Text() == text {
			return b
		}
	}
	r.t.Fatalf("no button %q in\n%s", text, r.texts())
	return nil
}

// saved is the draft as it stands on the disk.
func (r *rig) saved(id string) *wizard.Draft {
	r.t.Helper()
	r.settled()
	drafts, err := r.bench.Drafts(context.Background())
	must(r.t, err)
	for _, d := range drafts {
		if d.ID == id {
			return d
		}
	}
	r.t.Fatalf("draft %s is not on the disk", id)
	return nil
}

// shot checks that no text sticks out of the window, and writes a picture of it
// into the folder POSTKEY_SHOTS when that is set.
func (r *rig) shot(name string, size fyne.Size) {
	r.t.Helper()
	r.settled()
	r.window.Resize(fyne.NewSize(size.Width+1, size.Height)) // texts wrap, heights follow
	r.window.Resize(size)
	r.window.Content().Refresh()
	if got := r.window.Canvas().Size(); got != size {
		r.t.Errorf("%s: the window is %v and should be %v", name, got, size)
	}
	for _, o := range r.objects() {
		text, ok := o.(*widgets.Text)
		if !ok {
			continue
		}
		right := r.fyne.Driver().AbsolutePositionForObject(o).X + o.Size().Width
		if right > size.Width+1 {
			r.t.Errorf("%s: %q ends at %v", name, text.Text(), right)
		}
	}
	dir := os.Getenv("POSTKEY_SHOTS")
	if dir == "" {
		return
	}
	file, err := os.Create(filepath.Join(dir, name+".png"))
	must(r.t, err)
	must(r.t, png.Encode(file, r.window.Canvas().Capture()))
	must(r.t, file.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
