package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

// manyRow is one connection of several: the new value, and how far its proof is.
type manyRow struct {
	screen     *rotateMany
	connection store.Connection
	draft      *wizard.Draft // carries the typed date to the wizard's check
	value      *widgets.Field
	expires    *widgets.Field

	mark  *widgets.Mark
	note  *widgets.Text
	below *fyne.Container // the finding, or what to enter where
	done  bool
	now   string // what the row does now; empty when nothing runs
	since time.Time
}

func newManyRow(s *rotateMany, c store.Connection) *manyRow {
	r := &manyRow{
		screen: s, connection: c, draft: wizard.DraftOf(c),
		mark: widgets.NewMark(), note: widgets.NewQuiet(tr("rotate-many.waits")), below: widgets.Column(8),
	}
	r.draft.SecretExpires = ""
	now := s.app.now()
	r.value = widgets.NewField(tr("rotate.value")).SetMono()
	r.value.Entry.Password = true
	r.value.Entry.Clean = wizard.Clean
	r.value.OnReturn = s.advance
	r.value.Check = func(text string) widgets.Problem { return problem(wizard.CheckSecret(oauth.NewSecret(text))) }
	r.expires = widgets.NewField(tr("pages.expires")).SetMono().
		SetPlaceholder(store.DateOf(now).AddMonths(usualMonths).String())
	r.expires.OnReturn = s.advance
	r.expires.OnChanged = func(text string) { r.draft.SecretExpires = text }
	r.expires.Check = func(string) widgets.Problem {
		return problem(r.draft.CheckField(wizard.FieldSecretExpires, wizard.Context{
			Now: now, Catalog: s.app.bench.Catalog, Practice: s.app.bench.Practice,
		}))
	}
	r.below.Hide()
	return r
}

// fill types in a value that was read from what a script printed.
func (r *manyRow) fill(c wizard.Credential) {
	r.value.SetText(c.Secret.Reveal())
	r.value.Validate()
	if !c.Expires.IsZero() {
		r.expires.SetText(c.Expires.String())
		r.expires.Validate()
	}
}

// entry is the card in which the new value is typed.
func (r *manyRow) entry() fyne.CanvasObject {
	return widgets.NewCard(widgets.NewTitle(r.connection.Name),
		portalCrumbs(r.screen.app, secretsPage(false), r.connection),
		widgets.Shares(14, []float32{3, 2}, r.value, r.expires))
}

// proof is the card that shows how far its rotation is.
func (r *manyRow) proof() fyne.CanvasObject {
	text := widgets.Column(1, widgets.NewTitle(r.connection.Name), r.note)
	return widgets.NewCard(widgets.Row(10, text, r.mark, text), r.below)
}

// credential is the typed value; ok says that it can be proved.
func (r *manyRow) credential() (wizard.Credential, bool) {
	right := r.value.Validate()
	dated := r.expires.Validate()
	expires, err := store.ParseDate(wizard.CleanField(wizard.FieldSecretExpires, r.expires.Text()))
	return wizard.Credential{Secret: oauth.NewSecret(r.value.Text()), Expires: expires}, right && dated && err == nil
}

// happened follows one event of its rotation.
func (r *manyRow) happened(e wizard.RotateEvent) {
	switch e.Status {
	case check.Running, check.Waiting:
		r.mark.Set(widgets.HopRunning)
		r.now = tr("rotate.proof-" + string(e.Step))
		if e.Check == nil {
			r.since = time.Now()
		}
		r.tick(time.Now())
	}
}

func (r *manyRow) tick(now time.Time) {
	if r.now != "" {
		r.note.SetText(since(r.now, r.since, now))
	}
}
