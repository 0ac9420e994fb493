package ui

import (
	"testing"

	"postkey/assets"
	"postkey/wizard/diagnose"
)

func TestFindingCard(t *testing.T) {
	d := newDesk(t)
	// Any sentences will do; these are keys that no file knows, shown as themselves.
	f := diagnose.Finding{
		ID: "x", Who: diagnose.Network,
		Title: assets.Msg("the title"), What: assets.Msg("what happened"), Why: assets.Msg("why it does"),
		Fix: []assets.Message{assets.Msg("first step"), assets.Msg("second step")}, Delay: assets.Msg("an hour"),
		Commands: []string{"Get-This", "Set-That"}, Server: "500 no", CorrelationID: "c-1", TraceID: "t-1", Timestamp: "then",
	}
	d.app.window.SetContent(d.app.findingCard(f))
	d.mustRead("the title", "what happened", "why it does", "1.", "first step", "2.", "second step",
		"an hour", "Get-This", "Set-That", "Whoever runs your network fixes this")
	for _, hidden := range []string{"500 no", "c-1"} {
		if d.reads(hidden) {
			t.Errorf("%q is shown before it is asked for", hidden)
		}
	}
	d.row("Set-That").Tapped(nil)
	if d.clipboard() != "Set-That" {
		t.Errorf("Copy gives %q", d.clipboard())
	}
	d.press("show")
	d.mustRead("500 no", "c-1", "t-1", "then")
	d.row("c-1").Tapped(nil)
	if d.clipboard() != "c-1" {
		t.Errorf("Copy gives %q", d.clipboard())
	}
}

func TestFindingCardShowsOnlyWhatThereIs(t *testing.T) {
	d := newDesk(t)
	d.app.window.SetContent(d.app.findingCard(diagnose.Finding{
		Title: assets.Msg("the title"), Fix: []assets.Message{assets.Msg("the only step")},
	}))
	d.mustRead("the title", "the only step", "You can fix this here")
	for _, absent := range []string{"1.", "word for word", "Open the page for this"} {
		if d.reads(absent) {
			t.Errorf("%q is shown without reason", absent)
		}
	}
}

func TestFindingCardOpensItsLink(t *testing.T) {
	d := newDesk(t)
	opened := make(chan string, 1)
	d.app.opts.OpenURL = func(url string) error {
		opened <- url
		return nil
	}
	d.app.window.SetContent(d.app.findingCard(diagnose.Finding{Title: assets.Msg("t"), Link: "https://learn.microsoft.com/x"}))
	d.press("Open the page for this")
	if got := <-opened; got != "https://learn.microsoft.com/x" {
		t.Errorf("opened %q", got)
	}
	// The link of an administrator's consent is sent to the administrator.
	d.press("Copy")
	if d.clipboard() != "https://learn.microsoft.com/x" {
		t.Errorf("Copy gives %q", d.clipboard())
	}
}
