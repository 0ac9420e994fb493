package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
)

// newFlow opens the wizard at the step at which the draft was left. Others are
// the saved connections, as far as they are known.
func newFlow(app *App, d *wizard.Draft, others []store.Connection) *flow {
	f := &flow{
		app: app, draft: d, visited: make(map[wizard.StepID]bool),
		context: wizard.Context{Now: app.now(), Catalog: app.bench.Catalog, Others: others, Practice: app.bench.Practice},
	}
	if saved, there := f.savedConnection(); there {
		f.saved, f.fresh = true, d.Changed.Equal(saved.Changed)
	}
	for _, step := range d.Steps() {
		f.visited[step.ID] = true
		if step.ID == d.Step && !f.saved {
			break
		}
	}
	f.shell = newShell(f)
	return f
}

// flow is one draft on its way through the wizard: the open page, and what all
// pages share. Pages call its methods; they never touch the shell.
type flow struct {
	app   *App
	draft *wizard.Draft
	// ctx ends when the open page is left.
	ctx  context.Context
	stop context.CancelFunc
	page page
	// context is what checks compare with; it is read anew with each page.
	context wizard.Context
	// visited are the steps that the rail lets one open.
	visited map[wizard.StepID]bool
	// offers fill the fields of the open page with practice values.
	offers []func()
	// secret is what was typed in the secret step and is not in the keyring
	// yet: it outlives Back, and nothing else.
	secret oauth.Secret

	// tested is the newest test of this visit, for coming back to its page.
	tested *testOutcome

	shell   *shell
	typed   *time.Timer
	saved   bool // the draft edits a saved connection
	fresh   bool // it was as the saved connection when it was opened
	touched bool // something was changed since it was opened
	dirty   bool // typed since the last save
	busy    bool // a commit waits
	over    bool // the draft is a connection now; nothing more is saved
}

// savedConnection is the connection that the draft edits, as it was read last.
func (f *flow) savedConnection() (store.Connection, bool) {
	for _, c := range f.context.Others {
		if c.ID == f.draft.ID {
			return c, true
		}
	}
	return store.Connection{}, false
}

// pristine reports whether the draft holds nothing that the saved connection
// does not.
func (f *flow) pristine() bool { return f.saved && f.fresh && !f.touched }

// work runs wait on a goroutine of its own and then, on the UI goroutine, what
// it returned, unless the page was left meanwhile. The result stops it: wait's
// context ends, and what it returns is still run.
func (f *flow) work(wait func(ctx context.Context) (done func())) (cancel func()) {
	return f.app.work(f.ctx, wait)
}

// changed tells that the draft changed: it is saved soon, also while typing
// goes on, so that a crash never takes more than savePause of it.
func (f *flow) changed() {
	f.dirty, f.touched = true, true
	f.shell.sayTyping()
	if f.typed == nil {
		f.typed = time.AfterFunc(savePause, func() { f.app.do(f.saveIfDirty) })
	}
}

// savePause is how long what is typed may wait to be saved.
const savePause = 500 * time.Millisecond

func (f *flow) saveIfDirty() {
	if f.dirty {
		f.save()
	}
}

// save hands the draft to the saver.
func (f *flow) save() {
	if f.typed != nil {
		f.typed.Stop()
		f.typed = nil
	}
	f.dirty = false
	if !f.over {
		f.app.saver.save(f.draft, f.shell.saySaved)
	}
}

// finish makes the draft a connection and goes Home; failed hears why not.
func (f *flow) finish(failed func(error)) {
	if f.over {
		return
	}
	f.over, f.dirty = true, false
	f.app.saver.forget(f.draft.ID)
	c, ctx := cloneDraft(f.draft), f.ctx
	f.app.saver.put("", func(saving context.Context) {
		_, err := f.app.bench.Save(saving, c)
		f.app.do(func() {
			switch {
			case err != nil:
				f.over = false
				if ctx.Err() == nil {
					failed(err)
				}
			case ctx.Err() == nil:
				f.close()
			}
		})
	})
}

// refresh shows the page's buttons and the rail anew, after what they depend on
// has changed.
func (f *flow) refresh() { f.shell.refresh() }

// next checks the page and goes on to the next step.
func (f *flow) next() { f.leaveTo(f.draft.Next(f.draft.Step)) }

// leaveTo checks the page and goes to a later step.
func (f *flow) leaveTo(step wizard.StepID) {
	if f.busy {
		return
	}
	f.busy = true
	from := f.page
	from.commit(func(ok bool) {
		f.busy = false
		if f.page != from {
			return // left meanwhile
		}
		if ok {
			f.open(step)
		}
	})
}

// back goes to the step before without a check; on the first one to Home.
func (f *flow) back() {
	if behind, ok := f.page.(inner); ok {
		behind.up()
		return
	}
	previous := f.draft.Previous(f.draft.Step)
	if previous == f.draft.Step {
		f.close()
		return
	}
	f.open(previous)
}

// close saves and goes Home.
func (f *flow) close() { f.app.show(newHome(f.app)) }

// open leaves the open page and shows another one.
func (f *flow) open(step wizard.StepID) {
	f.leavePage()
	f.draft.Step = step
	if f.touched || !f.saved { // looking at a saved connection leaves no draft
		f.save()
	}
	f.showPage()
}

func (f *flow) leavePage() {
	if f.page == nil {
		return
	}
	f.page.leave()
	f.stop()
	f.page, f.busy = nil, false
}

// showPage makes the page of the draft's step and shows it.
func (f *flow) showPage() { f.present(func() page { return newPage(f, f.draft.Step) }) }

// present shows a page that is made now.
func (f *flow) present(make func() page) {
	f.ctx, f.stop = context.WithCancel(f.app.ctx)
	f.offers = nil
	f.visited[f.draft.Step] = true
	f.page = make()
	f.shell.show(f.page)
	f.shell.focus(f.page)
	f.app.noteShown(string(f.draft.Step))
	f.work(func(ctx context.Context) func() {
		read, err := f.app.bench.Context(ctx)
		if err != nil {
			return nil // the checks go on with what was read before
		}
		return func() { f.context = read }
	})
}

// jump opens a step from the rail: earlier ones at once, later ones after a check.
func (f *flow) jump(step wizard.StepID) {
	for _, s := range f.draft.Steps() {
		if s.ID == f.draft.Step {
			f.leaveTo(step)
			return
		}
		if s.ID == step {
			f.open(step)
			return
		}
	}
}

func (f *flow) content() fyne.CanvasObject { return f.shell.root }

func (f *flow) shown() { f.showPage() }

func (f *flow) leave() {
	f.leavePage()
	f.saveIfDirty()
}

// focusMoved brings what has the focus into view; the bar is always in view.
func (f *flow) focusMoved(o fyne.CanvasObject) {
	if b, ok := o.(fyne.Focusable); ok && f.shell.bar.holds(b) {
		return
	}
	scrollTo(f.shell.scroll, o)
}

func (f *flow) pane() *container.Scroll { return f.shell.scroll }

func (f *flow) key(k windowKey) {
	switch k {
	case keyContinue:
		f.shell.bar.press()
	case keyBack:
		f.back()
	case keyHelp:
		f.openWhy()
	case keyEscape:
		if c, ok := f.page.(canceller); ok {
			c.cancel()
		}
	}
}
