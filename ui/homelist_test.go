package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"postkey/store"
	"postkey/wizard"
)

// manyConnections are n that work, with nothing special about them.
func manyConnections(n int) []store.Connection {
	base := someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))[0]
	var all []store.Connection
	for i := range n {
		c := base
		c.ID, c.Name = fmt.Sprintf("c%03d", i), fmt.Sprintf("Inbox %03d", i)
		c.Mailbox = store.Mailbox{Address: fmt.Sprintf("inbox%03d@contoso.com", i)}
		all = append(all, c)
	}
	return all
}

func names(cards []*card) []string {
	var all []string
	for _, c := range cards {
		all = append(all, c.connection.Name)
	}
	return all
}

func TestCardsAreSortedByUrgency(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	some := someConnections(now)
	works, untested := some[0], some[2]
	named := func(c store.Connection, name string, change func(*store.Connection)) *card {
		c.Name = name
		change(&c)
		return newCard(nil, c)
	}
	days := func(n int) func(*store.Connection) {
		return func(c *store.Connection) { c.SecretExpires = store.DateOf(now.AddDate(0, 0, n)) }
	}
	cards := []*card{
		named(works, "no secret", func(c *store.Connection) { c.Platform = wizard.PlatformDesktop }),
		named(works, "later", days(200)),
		named(works, "soon", days(3)),
		named(works, "b same day", days(100)),
		named(works, "A same day", days(100)),
		named(untested, "today", days(0)),
		named(works, "signed out", func(c *store.Connection) { c.SignInEnded = now }),
		named(works, "failing", func(c *store.Connection) { c.LastTest = &store.TestRecord{At: now}; days(50)(c) }),
		named(works, "expired", days(-1)),
	}
	sortCards(cards, now)
	want := []string{"expired", "failing", "signed out", "today", "soon", "A same day", "b same day", "later", "no secret"}
	if got := names(cards); !slices.Equal(got, want) {
		t.Errorf("sorted %q", got)
	}
}

func TestSearch(t *testing.T) {
	r := homeWith(t, rigOptions{}, manyConnections(searchFrom-1)...)
	if !r.home().search.Hidden {
		t.Error("nine connections have a search")
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyF)
	if r.focused() != fyne.Focusable(r.home().create) {
		t.Error("Ctrl+F leads into a search that is not there")
	}
	connections := manyConnections(12)
	connections[3].Name, connections[3].Product = "Fax", "imagicle"
	connections[4].TenantID = "11112222-3333-4444-5555-666677778888"
	r = homeWith(t, rigOptions{}, connections...)
	must(t, r.bench.SaveDraft(context.Background(), r.atStep(wizard.StepRedirect)))
	r.home().load()
	r.until("the draft is there", func() bool { return strings.Contains(r.texts(), "Go on") })
	h := r.home()
	for _, c := range []struct {
		typed, foot, button string
		found               int
	}{
		{"inbox005@CONTOSO", "1 of 12 connections shown", "", 1},
		{"imagicle", "1 of 12 connections shown", "", 1},
		{"11112222-3333", "1 of 12 connections shown", "", 1},
		{"001 inbox", "1 of 12 connections shown", "", 1},
		{"inbox01", "2 of 12 connections shown", "Test these 2", 2},
		{"nowhere", "0 of 12 connections shown", "", 0},
	} {
		r.window.Canvas().Unfocus()
		r.chord(fyne.KeyModifierControl, fyne.KeyF)
		r.typeIn(c.typed)
		if len(h.shownCards) != c.found || len(h.cards.Objects) != max(c.found, 1) {
			t.Errorf("%q, in the field %q, finds %q", c.typed, h.search.Text(), names(h.shownCards))
		}
		r.sees(c.foot)
		if c.button != "" {
			r.sees(c.button)
		}
		r.seesNot("Go on") // the draft is not found either
	}
	r.sees("No connection contains “nowhere”")
	r.press(fyne.KeyEscape)
	if h.search.Text() != "" || len(h.shownCards) != 12 {
		t.Errorf("Escape leaves %q", h.search.Text())
	}
	r.chord(fyne.KeyModifierControl, fyne.KeyF)
	r.press(fyne.KeyEscape)
	for _, letter := range "nowhere" { // as after a selection
		r.focused().TypedRune(letter)
	}
	r.sees("No connection contains “nowhere”")
	r.press(fyne.KeyEscape)
	r.sees("12 connections")
	r.sees("Test all")
	r.sees("Go on")
	r.typeIn("support inbox")
	r.sees("Go on")
	test.Tap(r.button("Clear the search"))
	if h.search.Text() != "" || r.focused() != fyne.Focusable(h.search.Entry) {
		t.Error("the search is not cleared")
	}
}

// However many connections there are, only those near to what is seen are
// made; scrolling and the Tab key make the others.
func TestManyConnectionsAreMadeAsTheyAreSeen(t *testing.T) {
	r := homeWith(t, rigOptions{}, manyConnections(60)...)
	h := r.home()
	if n := len(h.cards.Objects); n != cardsAtOnce {
		t.Errorf("%d cards are made at once", n)
	}
	for n := 0; len(h.cards.Objects) < 60; n++ {
		if n > 20 {
			t.Fatalf("scrolling stops at %d cards", len(h.cards.Objects))
		}
		h.scroll.ScrollToBottom()
		h.grow()
	}
	h.arrange()
	last := h.shownCards[59]
	r.window.Canvas().Focus(h.shownCards[0].test)
	for n := 0; r.focused() != fyne.Focusable(last.more) || last.more == nil; n++ {
		if n > 60*4 {
			t.Fatalf("the Tab key ends at %T with %d cards made", r.focused(), len(h.cards.Objects))
		}
		r.press(fyne.KeyTab)
	}
}

// A connection without its client secret fails without a network; whether its
// card is made or not.
func TestTestAll(t *testing.T) {
	connections := manyConnections(40)
	r := newRig(t, rigOptions{})
	for _, c := range connections {
		must(t, r.bench.Store.Put(context.Background(), c))
	}
	r.Show()
	r.until("the cards are there", func() bool { return len(r.home().shownCards) == 40 })
	h := r.home()
	h.search.SetText("inbox01") // ten of them
	focus := h.test
	r.window.Canvas().Focus(focus)
	r.press(fyne.KeyReturn)
	r.sees("0 of 10 tested")
	if h.test.Text() != "Cancel" || !h.shownCards[0].test.Disabled() {
		t.Errorf("while it runs: %q", h.test.Text())
	}
	r.until("the tests end", func() bool { return h.all == nil })
	r.sees("10 connections tested · 10 are failing")
	if r.focused() != fyne.Focusable(focus) {
		t.Errorf("the focus went to %T", r.focused())
	}
	h.search.SetText("")
	if got := names(h.shownCards[:10]); got[0] != "Inbox 010" || got[9] != "Inbox 019" {
		t.Errorf("what fails is not on top but %q", got)
	}
	h.testAll()
	r.until("the tests end", func() bool { return h.all == nil })
	r.sees("40 connections tested · 40 are failing")
	kept, err := r.bench.Store.Connections(context.Background())
	must(t, err)
	for _, c := range kept {
		if c.LastTest.OK {
			t.Errorf("%s is kept as working", c.Name)
		}
	}
	if h.shownCards[0].below.Visible() {
		t.Error("Test all opens the details of each")
	}
}

func TestTestAllIsCancelled(t *testing.T) {
	vault := blocking{store.NewMemory(), make(chan struct{}, 100)}
	r := homeWith(t, rigOptions{vault: vault}, manyConnections(30)...)
	h := r.home()
	for name, stop := range map[string]func(){
		"Cancel": func() { test.Tap(h.test) },
		"Escape": func() { r.press(fyne.KeyEscape) },
	} {
		r.until("the cards are there", func() bool { return h.all == nil && len(h.shownCards) == 30 })
		test.Tap(h.test)
		for range wizard.AtOnce {
			<-vault.asked
		}
		stop()
		r.until("the tests end", func() bool { return h.all == nil })
		r.until("the outcome is shown", func() bool { return strings.Contains(r.texts(), "0 of 30 tested, then cancelled") })
		r.settled()
		if c := h.shownCards[0]; c.running() || c.state.Text() != "Works" || c.test.Disabled() {
			t.Errorf("%s: the card says %q", name, c.state.Text())
		}
	}
	kept, err := r.bench.Store.Connections(context.Background())
	must(t, err)
	for _, c := range kept {
		if !c.LastTest.OK {
			t.Errorf("%s: a cancelled test is kept", c.Name)
		}
	}
}

// The last test can be opened after a start, when no more than its record is left.
func TestDetailsOfTheLastTest(t *testing.T) {
	c := someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))[3]
	c.LastTest = &store.TestRecord{
		At: c.Created, Findings: []string{"smtp-auth-disabled-mailbox", "imap-not-connected", "of-another-version"},
		Legs: []store.LegRecord{
			{Leg: "imap", Hops: []store.HopRecord{
				{Hop: "token", Status: "ok", MS: 210},
				{Hop: "connect", Status: "ok", MS: 41},
				{Hop: "tls", Status: "ok", MS: 30, Detail: "TLS 1.3"},
				{Hop: "auth", Status: "ok", MS: 80},
				{Hop: "open", Status: "failed", MS: 12},
				{Hop: "arrive", Status: "skipped"},
				{Hop: "cleanup", Status: "skipped"},
			}},
			{Leg: "smtp", Hops: []store.HopRecord{
				{Hop: "token", Status: "ok", MS: 210},
				{Hop: "connect", Status: "ok", MS: 41},
				{Hop: "tls", Status: "ok", MS: 30},
				{Hop: "auth", Status: "failed", MS: 80, Server: "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."},
				{Hop: "send", Status: "skipped"},
			}},
		},
	}
	untested := someConnections(c.Created)[2]
	r := homeWith(t, rigOptions{}, c, untested)
	h := r.home()
	if h.shownCards[1].details.Visible() {
		t.Error("there are details of no test")
	}
	k := h.shownCards[0]
	r.window.Canvas().Focus(k.details)
	r.press(fyne.KeyReturn)
	r.window.Content().Refresh()
	for _, text := range []string{
		"Receive · IMAP", "Send · SMTP", "The test of 22 Nov", "Hide details",
		"Set-CASMailbox", "sales@contoso.com",
	} {
		r.sees(text)
	}
	findings := findingsOf(r.bench, c, *c.LastTest)
	if len(findings) != 2 || !strings.Contains(findings[0].Server, "SmtpClientAuthentication") || findings[1].ID != "imap-not-connected" {
		t.Errorf("findings %+v", findings)
	}
	for _, dark := range []string{"", "-small"} {
		r.shot("light-home-details"+dark, windowSizes[dark])
	}
	r.press(fyne.KeyReturn)
	r.seesNot("Receive · IMAP")
}

// The menu of a card and the question before removing are for the keyboard too,
// and give the focus back.
func TestMenuAndDialogByKeyboard(t *testing.T) {
	r := homeWith(t, rigOptions{}, someConnections(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))...)
	more := r.home().shownCards[1].more
	r.window.Canvas().Focus(r.home().create)
	for n := 0; r.focused() != fyne.Focusable(more); n++ {
		if n > 30 {
			t.Fatal("the Tab key never comes to the menu's button")
		}
		r.press(fyne.KeyTab)
	}
	r.press(fyne.KeyReturn)
	if r.window.Canvas().Overlays().Top() == nil {
		t.Fatal("Return opens no menu")
	}
	r.press(fyne.KeyDown)
	r.press(fyne.KeyEscape)
	if r.window.Canvas().Overlays().Top() != nil || r.focused() != fyne.Focusable(more) {
		t.Errorf("Escape leaves the focus on %T", r.focused())
	}
	r.press(fyne.KeyReturn)
	r.press(fyne.KeyUp) // the last entry
	r.press(fyne.KeyReturn)
	r.sees("Remove Billing?")
	no := r.focused()
	if no != fyne.Focusable(r.button("Cancel")) {
		t.Errorf("the focus is on %T", no)
	}
	r.press(fyne.KeyTab)
	if r.focused() != fyne.Focusable(r.button("Remove")) {
		t.Errorf("Tab leads to %T", r.focused())
	}
	r.press(fyne.KeyTab)
	if r.focused() != no {
		t.Errorf("Tab leaves the dialog to %T", r.focused())
	}
	r.press(fyne.KeyEscape)
	r.seesNot("Remove Billing?")
	if r.focused() != fyne.Focusable(more) {
		t.Errorf("the dialog leaves the focus on %T", r.focused())
	}
}
