package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/check"
)

// proofList shows the four steps of a rotation, each with its state and time.
type proofList struct {
	root  *fyne.Container
	lines map[wizard.RotateStep]*proofLine
}

// proofLine is one step.
type proofLine struct {
	step  wizard.RotateStep
	sign  *widgets.Mark
	text  *widgets.Text
	note  *widgets.Text
	state check.Status
	since time.Time
	next  time.Time // when Microsoft is asked again; zero unless it waits
	hop   string    // what the test does now
}

func newProofList() *proofList {
	l := &proofList{root: widgets.Column(10), lines: make(map[wizard.RotateStep]*proofLine)}
	for _, step := range wizard.RotateSteps() {
		line := &proofLine{step: step, sign: widgets.NewMark(), text: widgets.NewText("", widgets.Style{}), note: widgets.NewQuiet("")}
		l.lines[step] = line
		l.root.Add(line.object())
	}
	l.reset()
	return l
}

// object is the mark beside the text and the note.
func (l *proofLine) object() fyne.CanvasObject {
	text := widgets.Column(1, l.text, l.note)
	return widgets.Row(10, text, l.sign, text)
}

// setKind words the steps for a certificate or for a client secret.
func (l *proofList) setKind(certificate bool) {
	suffix := ""
	if certificate {
		suffix = "-certificate"
	}
	for step, line := range l.lines {
		line.text.SetText(tr("rotate.proof-" + string(step) + suffix))
	}
}

// reset puts every step back to where nothing has been tried.
func (l *proofList) reset() {
	for _, line := range l.lines {
		line.set(check.Waiting, "")
	}
}

// happened follows one event of the rotation.
func (l *proofList) happened(e wizard.RotateEvent, now time.Time) {
	line := l.lines[e.Step]
	if line == nil {
		return
	}
	if e.Check != nil {
		line.hop = tr("test-page.leg."+string(e.Check.Leg)) + ": " + tr("test-page.hop."+string(e.Check.Hop.Name))
		line.tick(now)
		return
	}
	line.next = time.Time{}
	switch e.Status {
	case check.Running:
		line.since, line.hop = now, ""
		line.set(check.Running, tr("rotate.now"))
	case check.Waiting:
		line.next = now.Add(time.Until(e.Next))
		line.set(check.Running, "")
		line.tick(now)
	case check.OK:
		line.set(check.OK, spanText(e.Took))
	case check.Failed:
		line.set(check.Failed, tr("test-page.hop.failed"))
	default:
		line.set(check.Skipped, tr("rotate.skipped"))
	}
}

// tick moves what counts.
func (l *proofList) tick(now time.Time) {
	for _, line := range l.lines {
		line.tick(now)
	}
}

func (l *proofLine) tick(now time.Time) {
	if l.state != check.Running {
		return
	}
	switch {
	case !l.next.IsZero():
		l.note.SetText(tr("rotate.waiting", "Seconds", max(int(l.next.Sub(now).Round(time.Second)/time.Second), 0)))
	case l.hop != "":
		l.note.SetText(since(l.hop, l.since, now))
	default:
		l.note.SetText(since(tr("rotate.now"), l.since, now))
	}
	l.note.Show()
}

func (l *proofLine) set(state check.Status, note string) {
	l.state = state
	l.note.SetText(note)
	l.note.Hidden = note == ""
	l.sign.Set(map[check.Status]widgets.HopState{
		check.Running: widgets.HopRunning, check.OK: widgets.HopOK,
		check.Failed: widgets.HopFailed, check.Skipped: widgets.HopSkipped,
	}[state])
}
