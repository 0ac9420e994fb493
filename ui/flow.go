package ui

import (
	"context"
	"time"

	"postkey/ui/widgets"
	"postkey/wizard"
)

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
	// offers are the practice values of the open page.
	offers []offer
	shell  *shell
	typed  *time.Timer
	dirty  bool // typed since the last save
	busy   bool // a commit waits
	// furthest is the last step that was reached, which the rail lets one open.
	visited map[wizard.StepID]bool
}

// offer is a practice value and the field that it fills.
type offer struct {
	fill func()
}

// work runs wait on a goroutine of its own and then, on the UI goroutine, what
// it returned, unless the page was left meanwhile. The result stops it: wait's
// context ends, and what it returns is still run.
func (f *flow) work(wait func(ctx context.Context) (done func())) (cancel func()) {
	return f.app.work(f.ctx, wait)
}

// changed tells that the draft changed: it is saved after a pause.
func (f *flow) changed() {
	f.dirty = true
	f.shell.sayTyping()
	if f.typed != nil {
		f.typed.Stop()
	}
	f.typed = time.AfterFunc(savePause, func() { f.app.do(f.saveIfDirty) })
}

// savePause is how long typing rests before the draft is saved.
const savePause = 700 * time.Millisecond

func (f *flow) saveIfDirty() {
	if f.dirty {
		f.save()
	}
}

// save hands the draft to the saver.
func (f *flow) save() {
	if f.typed != nil {
		f.typed.Stop()
	}
	f.dirty = false
	f.app.saver.save(f.draft, f.shell.saySaved)
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
		} else {
			f.shell.showProblem()
		}
	})
}

// back goes to the step before without a check; on the first one to Home.
func (f *flow) back() {
	previous := f.draft.Previous(f.draft.Step)
	if previous == "" || previous == f.draft.Step {
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
	f.save()
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

// field makes a field bound to a value of the draft: it is checked by the
// wizard's rule of that name, keeps what is typed, and cleans what is pasted.
func (f *flow) field(name wizard.Field, label string, value *string) *widgets.Field {
	w := widgets.NewField(label)
	w.Entry.Clean = wizard.Clean
	w.Entry.Text = *value
	w.OnChanged = func(text string) {
		*value = text
		f.changed()
	}
	w.Check = func(string) widgets.Problem { return f.check(name) }
	w.OnReturn = f.returned(w)
	return w
}

// check is the wizard's judgement of a field of the draft, in words.
func (f *flow) check(name wizard.Field) widgets.Problem { return problem(f.draft.CheckField(name, f.context)) }

func problem(p *wizard.Problem) widgets.Problem {
	if p == nil {
		return widgets.Problem{}
	}
	return widgets.Problem{Text: msg(p.Message), Warning: p.Warning}
}
