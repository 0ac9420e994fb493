package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// homeWith shows Home with these connections.
func homeWith(t *testing.T, o rigOptions, connections ...store.Connection) *rig {
	t.Helper()
	r := newRig(t, o)
	for _, c := range connections {
		must(t, r.bench.Store.Put(context.Background(), c))
		must(t, o.vaultOr(r).Set(context.Background(), store.ClientSecretKey(c.ID), oauth.NewSecret(plantedSecret)))
	}
	r.Show()
	r.until("the cards are there", func() bool { return len(r.home().shownCards) == len(connections) })
	r.window.Resize(fyne.NewSize(1040, 720))
	return r
}

func (o rigOptions) vaultOr(r *rig) store.Vault {
	if o.vault != nil {
		return o.vault
	}
	return r.bench.Vault
}

func (r *rig) home() *home {
	r.t.Helper()
	h, ok := r.screen.(*home)
	if !ok {
		r.t.Fatalf("Home is not open but %T", r.screen)
	}
	return h
}

func TestHomeShowsTheState(t *testing.T) {
	r := homeWith(t, rigOptions{}, someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))...)
	for i, want := range []struct{ state, when, line string }{ // the most urgent first
		{"Failing", "last worked 15 Nov", "sales@contoso.com · XCALLY Motion"},
		{"Sign in again", "last worked 15 Nov", "billing@contoso.com · XCALLY Motion"},
		{"Not tested", "", "fax@contoso.com · XCALLY Motion"},
		{"Works", "tested 4 minutes ago", "support@contoso.com · shared, read by andrea@contoso.com · XCALLY Motion"},
	} {
		c := r.home().shownCards[i]
		if c.state.Text() != want.state || c.when.Text() != want.when || c.line() != want.line {
			t.Errorf("%s: %q, %q, %q", c.connection.Name, c.state.Text(), c.when.Text(), c.line())
		}
	}
	for _, text := range []string{"180 days left", "92 days left", "9 days left", "Expired", "4 connections · 1 needs a new secret · 1 secret ends soon · 1 needs a sign-in"} {
		r.sees(text)
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	newRig(t, rigOptions{}) // loads the words
	for past, want := range map[time.Duration]string{
		10 * time.Second: "just now", 61 * time.Second: "1 minute ago", 59 * time.Minute: "59 minutes ago",
		2 * time.Hour: "2 hours ago", 13 * time.Hour: "yesterday", 48 * time.Hour: "20 Nov", 400 * 24 * time.Hour: "18 Oct 2025",
	} {
		if got := ago(now.Add(-past), now); got != want {
			t.Errorf("%v: %q, want %q", past, got, want)
		}
	}
}

func TestEmptyHomeSaysWhatToDo(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.Show()
	r.settled()
	r.until("Home is read", func() bool { return strings.Contains(r.texts(), "No connection yet") })
	r.sees("Press New connection")
	if r.focused() != fyne.Focusable(r.home().create) {
		t.Error("the focus is not on New connection")
	}
}

func TestDraftsAreOffered(t *testing.T) {
	r := newRig(t, rigOptions{})
	d := r.atStep(wizard.StepRedirect)
	must(t, r.bench.SaveDraft(context.Background(), d))
	r.Show()
	r.until("the draft is offered", func() bool { return strings.Contains(r.texts(), "Go on") })
	r.sees("Step 3 of 9, Redirect URI · changed just now")
	r.seesNot("No connection yet")
	test.Tap(r.button("Go on"))
	r.wantStep(wizard.StepRedirect)
	test.Tap(r.button("Save and close"))
	r.until("the draft is offered again", func() bool { return strings.Contains(r.texts(), "Discard…") })
	test.Tap(r.button("Discard…"))
	r.sees("Discard the draft Support inbox?")
	r.press(fyne.KeyReturn) // Cancel has the focus
	r.seesNot("Discard the draft Support inbox?")
	test.Tap(r.button("Discard…"))
	test.Tap(r.button("Discard"))
	r.until("the draft is gone", func() bool { return !strings.Contains(r.texts(), "Go on") })
	drafts, err := r.bench.Drafts(context.Background())
	must(t, err)
	if len(drafts) != 0 {
		t.Errorf("%d drafts are left", len(drafts))
	}
}

func importedDraft(name string) *wizard.Draft {
	d := wizard.NewDraft(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	d.Name = name
	return d
}

// One imported connection opens in the wizard; several are offered on Home.
func TestImportedDraftsAreKept(t *testing.T) {
	d := importedDraft("From a file")
	r := newRig(t, rigOptions{imports: []*wizard.Draft{d}})
	r.Show()
	r.until("the wizard is open", func() bool {
		f, ok := r.screen.(*flow)
		return ok && f.draft.ID == d.ID && f.draft.Step == wizard.StepApplication
	})
	if r.saved(d.ID).Name != "From a file" {
		t.Error("not kept")
	}

	a, b := importedDraft("First of a file"), importedDraft("Second of a file")
	r = newRig(t, rigOptions{imports: []*wizard.Draft{a, b}})
	r.Show()
	r.until("both are offered", func() bool {
		return strings.Contains(r.texts(), a.Name) && strings.Contains(r.texts(), b.Name)
	})
	if r.saved(a.ID).Name != a.Name || r.saved(b.ID).Name != b.Name {
		t.Error("not kept")
	}
}

func TestMenuOpensSignsInAndRemoves(t *testing.T) {
	connection := someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))[0]
	r := homeWith(t, rigOptions{}, connection)
	choose := func(entry string) {
		t.Helper()
		r.until("the card is there", func() bool { return len(r.home().shownCards) == 1 })
		card := r.home().shownCards[0]
		at := slices.IndexFunc(card.entries(), func(i *fyne.MenuItem) bool { return i.Label == tr(entry) })
		if at < 0 {
			t.Fatalf("the menu has no entry %s", entry)
		}
		r.window.Canvas().Focus(card.more)
		r.press(fyne.KeyReturn)
		for range at + 1 {
			r.press(fyne.KeyDown)
		}
		r.press(fyne.KeyReturn)
	}
	const open, signInAgain, remove = "home.open", "home.sign-in-again", "home.remove"
	choose(open)
	r.until("the wizard is open", func() bool { _, ok := r.screen.(*flow); return ok })
	r.wantStep(wizard.StepApplication)
	for _, s := range r.flow().shell.rail.steps {
		if s.Disabled() {
			t.Errorf("step %d of a saved connection cannot be opened", s.number)
		}
	}
	if !r.flow().draft.HasSecret {
		t.Error("the keyring was not asked")
	}
	r.flow().next()
	r.wantStep(wizard.StepRegistration)
	r.flow().close()
	r.settled()
	if drafts, err := r.bench.Drafts(context.Background()); err != nil || len(drafts) != 0 {
		t.Errorf("looking at a connection leaves %d drafts, %v", len(drafts), err)
	}
	choose(signInAgain)
	r.until("the wizard is open", func() bool { _, ok := r.screen.(*flow); return ok })
	r.wantStep(wizard.StepSignIn)
	r.flow().close()

	choose(remove)
	r.sees("Remove Support inbox?")
	r.press(fyne.KeyEscape)
	r.seesNot("Remove Support inbox?")
	choose(remove)
	test.Tap(r.button("Remove"))
	r.until("the card is gone", func() bool { return len(r.home().shownCards) == 0 })
	if _, err := r.bench.Store.Connection(context.Background(), connection.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the record: %v", err)
	}
	if _, err := r.bench.Secret(context.Background(), connection.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the secret: %v", err)
	}
}

// blocking is a keyring that answers only when it is told to give up.
type blocking struct {
	store.Vault
	asked chan struct{}
}

func (b blocking) Get(ctx context.Context, _ string) (oauth.Secret, error) {
	b.asked <- struct{}{}
	<-ctx.Done()
	return oauth.Secret{}, ctx.Err()
}

func TestRunningTestIsCancelled(t *testing.T) {
	connection := someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))[0]
	vault := blocking{store.NewMemory(), make(chan struct{}, 10)}
	r := homeWith(t, rigOptions{vault: vault}, connection)
	r.settled()
	c := r.home().shownCards[0]
	for name, stop := range map[string]func(){
		"Cancel": func() { test.Tap(c.test) },
		"Escape": func() { r.press(fyne.KeyEscape) },
	} {
		test.Tap(c.test)
		if c.test.Text() != "Cancel" || c.state.Text() != "Testing" {
			t.Errorf("%s: says %q, %q", name, c.test.Text(), c.state.Text())
		}
		r.home().load()
		r.settled()
		if r.home().shownCards[0] != c {
			t.Errorf("%s: reading the connections anew ends the test", name)
		}
		stop()
		if c.test.Text() != "Test" || c.state.Text() != "Works" {
			t.Errorf("%s: says %q, %q", name, c.test.Text(), c.state.Text())
		}
	}
	r.settled()
	kept, err := r.bench.Store.Connection(context.Background(), connection.ID)
	must(t, err)
	if !kept.LastTest.OK {
		t.Error("a cancelled test is recorded")
	}
}

// A connection without its client secret fails at once, without a network.
func TestFailedTestShowsItsFinding(t *testing.T) {
	connection := someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))[0]
	r := newRig(t, rigOptions{})
	must(t, r.bench.Store.Put(context.Background(), connection))
	r.Show()
	r.until("the card is there", func() bool { return len(r.home().shownCards) == 1 })
	c := r.home().shownCards[0]
	test.Tap(c.test)
	r.until("the test ends", func() bool { return c.stop == nil })
	if !c.below.Visible() || c.state.Text() == "Works" {
		t.Errorf("state %q, findings %v", c.state.Text(), c.below.Visible())
	}
	kept, err := r.bench.Store.Connection(context.Background(), connection.ID)
	must(t, err)
	if kept.LastTest.OK || len(kept.LastTest.Findings) == 0 {
		t.Errorf("recorded %+v", kept.LastTest)
	}
}

func TestDamagedFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	seed := newRig(t, rigOptions{dir: dir})
	must(t, seed.bench.Store.Put(context.Background(), someConnections(seed.clock)[0]))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no data file")
	}
	for _, f := range files {
		must(t, os.WriteFile(f, []byte(`{"broken`), 0o600))
	}
	r := newRig(t, rigOptions{dir: dir})
	r.Show()
	r.until("the damage is named", func() bool { return strings.Contains(r.texts(), "damaged") })
	r.sees(r.bench.Store.Damaged()[0].KeptAs)
	r.sees(files[0])
}

func TestKeyringProblemIsNamed(t *testing.T) {
	r := newRig(t, rigOptions{vault: refusing{store.NewMemory()}})
	r.Show()
	r.until("the problem is shown", func() bool {
		return strings.Contains(r.texts(), "Keep in memory until Postkey closes")
	})
	test.Tap(r.button("Keep in memory until Postkey closes"))
	r.until("memory is used", func() bool { return strings.Contains(r.texts(), "Secrets are kept in memory") })
	if r.bench.KeyringProblem(context.Background()) != nil {
		t.Error("the workbench still uses the keyring")
	}
}

func TestClosingSavesFirst(t *testing.T) {
	r := newRig(t, rigOptions{})
	f := r.wizard(r.atStep(wizard.StepRegistration))
	f.draft.ClientID = "" // as if it had been emptied
	r.focusOnField(f.page.(*registrationPage).client)
	r.typeIn("3f1c0b52")
	r.Quit()
	r.until("the window is closed", func() bool { return r.gone })
	data, err := store.Open(r.dir)
	must(t, err)
	drafts, err := (&wizard.Workbench{Catalog: r.bench.Catalog, Store: data, Vault: store.NewMemory()}).Drafts(context.Background())
	must(t, err)
	if len(drafts) != 1 || drafts[0].ClientID != "3f1c0b52" {
		t.Errorf("kept %+v", drafts)
	}
}
