package terminal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// Wizard asks for a connection.
type Wizard struct {
	// Bench does the work. Required.
	Bench *wizard.Workbench
	// Console is where it asks. Required.
	Console Console
	// Language is the BCP 47 tag of the language to speak; empty: English.
	Language string
	// Command is how this wizard is started again, with its flags.
	Command string
	// Offers are filled-in drafts to take answers from, with a client secret
	// each: one of an own and one of a shared mailbox. Nil outside the practice tenant.
	Offers  []*wizard.Draft
	Secrets []oauth.Secret
	// Browse signs in at an address as a user would in a browser, for a machine
	// that has none. Nil outside the practice tenant.
	Browse func(ctx context.Context, url, username string) (string, error)
	// Upload registers a certificate in the practice tenant. Nil outside of it.
	Upload func(der []byte) error
	// Version is Postkey's, for papers.
	Version string

	// FenceEvery is how often the mailboxes are tried again; 0: wizard.FenceEvery.
	FenceEvery time.Duration

	draft   *wizard.Draft
	check   wizard.Context
	outcome *outcome // of the newest test of this run; nil before
	fence   string   // how the application is fenced in, one of package exchange; empty: as recommended
	// toCertify says that a certificate was chosen instead of a client secret.
	toCertify bool
	memory    bool // secrets are in memory alone
}

// ErrStopped says that the user stopped, by the end of the input.
var ErrStopped = errors.New("stopped")

// The ways out of a question that are no answer.
var (
	errBack = errors.New("back")
	errDone = errors.New("done")
	errEnd  = errors.New("end") // nothing is saved
)

// question is one thing to ask. Show prints what has to be known before.
type question struct {
	fields []wizard.Field // that it asks for
	show   func()
	ask    func(context.Context) error
}

// Run asks until a connection is saved, and returns it; without a keyring it is
// tested and returned without being saved. Every answer is kept at
// once: after an error, also that of a cancelled ctx and ErrStopped, Run goes on
// with the last question when it is called again.
func (w *Wizard) Run(ctx context.Context) (store.Connection, error) {
	if err := w.keyring(ctx); err != nil {
		return store.Connection{}, err
	}
	w.say("terminal.keys")
	err := w.begin(ctx)
	step := wizard.StepID("")
	if err == nil {
		step = w.draft.Step
	}
	for last := false; err == nil; {
		var back bool
		back, err = w.step(ctx, step, last)
		switch {
		case err != nil:
		case back:
			last = true
			if previous := w.draft.Previous(step); previous != step {
				step = previous
				break
			}
			w.say("terminal.first")
			last = false
		default:
			step, last = w.draft.Next(step), false
		}
		if err == nil {
			w.draft.Step = step
			err = w.save(ctx)
		}
	}
	if errors.Is(err, errDone) {
		return w.Bench.Store.Connection(ctx, w.draft.ID)
	}
	if errors.Is(err, errEnd) {
		c, err := w.draft.Connection()
		c.LastTest = w.draft.LastTest
		return c, err
	}
	if w.draft != nil && (ctx.Err() != nil || errors.Is(err, ErrStopped)) {
		w.line()
		w.say("terminal.kept", "Command", w.Command)
	}
	return store.Connection{}, err
}

// keyring makes sure that there is a place for secrets.
func (w *Wizard) keyring(ctx context.Context) error {
	problem := w.Bench.KeyringProblem(ctx)
	if problem == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	w.finding(*problem)
	w.say("home.memory-hint")
	keep, err := w.confirm(ctx, assets.Msg("home.keep-in-memory"))
	if err != nil {
		return err
	}
	if !keep {
		return ErrStopped
	}
	w.Bench.UseMemory()
	w.memory = true
	return nil
}

// begin takes up a draft, or a new one.
func (w *Wizard) begin(ctx context.Context) error {
	drafts, err := w.Bench.Drafts(ctx)
	if err != nil {
		return err
	}
	w.draft = w.Bench.NewDraft()
	if len(drafts) > 0 {
		var options []option
		for i, d := range drafts {
			options = append(options, option{id: d.ID, label: w.nameOf(d), detail: w.placeOf(d)})
			if i == 0 {
				options[i].pill = w.tr("home.draft-open")
			}
		}
		options = append(options, option{id: w.draft.ID, label: w.tr("home.new")})
		id, err := w.choose(ctx, choice{title: assets.Msg("terminal.drafts"), options: options, current: drafts[0].ID})
		for errors.Is(err, errBack) {
			w.say("terminal.first")
			id, err = w.choose(ctx, choice{title: assets.Msg("terminal.drafts"), options: options, current: drafts[0].ID})
		}
		if err != nil {
			w.draft = nil
			return err
		}
		for _, d := range drafts {
			if d.ID == id {
				w.draft = d
			}
		}
	}
	return w.context(ctx)
}

func (w *Wizard) nameOf(d *wizard.Draft) string {
	if name := wizard.CleanField(wizard.FieldName, d.Name); name != "" {
		return name
	}
	return w.tr("home.draft-unnamed")
}

func (w *Wizard) placeOf(d *wizard.Draft) string {
	for _, s := range d.Steps() {
		if s.ID == d.Step {
			return w.tr("terminal.at", "Number", s.Number, "Title", s.Title)
		}
	}
	return ""
}

// context reads anew what answers are compared with.
func (w *Wizard) context(ctx context.Context) error {
	var err error
	w.check, err = w.Bench.Context(ctx)
	return err
}

// step asks the questions of one step, from the last one on when the step was
// come back to. Back says that the step before it is wanted.
func (w *Wizard) step(ctx context.Context, id wizard.StepID, last bool) (back bool, err error) {
	if err := w.context(ctx); err != nil {
		return false, err
	}
	w.head(id)
	if w.Bench.Log != nil {
		w.Bench.Log.Debug("asked", "step", id)
	}
	for i := 0; ; {
		all := w.questions(id) // anew: the next question may depend on the answer
		if last {
			i, last = len(all)-1, false
		}
		if i >= len(all) {
			wrong := w.problems(id, all)
			if wrong < 0 {
				return false, nil
			}
			i = wrong
			continue
		}
		q := all[i]
		if q.show != nil {
			q.show()
		}
		err := q.ask(ctx)
		switch {
		case errors.Is(err, errBack):
			if i--; i < 0 {
				return true, nil
			}
			continue
		case err != nil:
			return false, err
		}
		if err := w.save(ctx); err != nil {
			return false, err
		}
		i++
	}
}

// problems tells what a step still lacks, and returns the first question to be
// asked again; -1 when the step is done. Warnings that belong to no question are
// told, and let the step pass.
func (w *Wizard) problems(id wizard.StepID, all []question) int {
	again := -1
	for field, p := range w.draft.CheckStep(id, w.check) {
		at := -1
		for i, q := range all {
			for _, f := range q.fields {
				if f == field {
					at = i
				}
			}
		}
		if p.Warning {
			if at < 0 {
				w.warn(p.Message)
			}
			continue
		}
		w.wrong(p.Message)
		if at = max(at, 0); again < 0 || at < again {
			again = at
		}
	}
	return again
}

// save keeps what was answered.
func (w *Wizard) save(ctx context.Context) error {
	if err := w.Bench.SaveDraft(context.WithoutCancel(ctx), w.draft); err != nil {
		return fmt.Errorf("keep the draft: %w", err)
	}
	return ctx.Err()
}

// questions are those of a step for the draft as it is now.
func (w *Wizard) questions(id wizard.StepID) []question {
	switch id {
	case wizard.StepApplication:
		return w.application()
	case wizard.StepRegistration:
		return w.registration()
	case wizard.StepRedirect:
		return w.redirect()
	case wizard.StepSecret:
		return w.secret()
	case wizard.StepPermissions:
		return w.permissions()
	case wizard.StepSignIn:
		if w.draft.AppOnly() {
			return w.token()
		}
		return w.signIn()
	case wizard.StepMailbox:
		return w.mailbox()
	case wizard.StepTest:
		return w.test()
	}
	return w.handover()
}
