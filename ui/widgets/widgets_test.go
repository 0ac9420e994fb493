package widgets

import (
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// themed makes an app in Postkey's look; widgets are made after it.
func themed(t *testing.T) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(NewTheme())
}

func show(t *testing.T, o fyne.CanvasObject) fyne.Canvas {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.Resize(fyne.NewSize(400, 300))
	return w.Canvas()
}

func key(name fyne.KeyName) *fyne.KeyEvent { return &fyne.KeyEvent{Name: name} }

func TestButtonReactsToReturnAndSpace(t *testing.T) {
	themed(t)
	pressed := 0
	b := NewButton("Go", Plain, func() { pressed++ })
	show(t, b).Focus(b)
	for _, name := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
		b.TypedKey(key(name))
	}
	b.TypedKey(key(fyne.KeyDown))
	if pressed != 3 {
		t.Errorf("pressed %d times, want 3", pressed)
	}
	b.Disable()
	b.TypedKey(key(fyne.KeyReturn))
	test.Tap(b)
	if pressed != 3 {
		t.Error("a disabled button reacts")
	}
}

func TestFocusIsVisible(t *testing.T) {
	themed(t)
	button, tick := NewButton("Go", Plain, nil), NewTick("Tick", nil)
	choice := NewChoice([]Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}}, false)
	field := NewField("Field")
	c := show(t, Column(8, button, tick, choice, field))
	for _, o := range []fyne.Focusable{button, tick, choice, field.Entry} {
		c.Unfocus()
		before := c.Capture()
		c.Focus(o)
		if after := c.Capture(); sameImage(before, after) {
			t.Errorf("%T looks the same with and without the focus", o)
		}
	}
}

func TestCopySaysCopiedForAMoment(t *testing.T) {
	themed(t)
	var end func()
	before := after
	after = func(_ time.Duration, done func()) { end = done }
	t.Cleanup(func() { after = before })
	b := NewCopy(func() string { return "3f1c0b52" })
	show(t, b)
	width := b.MinSize().Width
	test.Tap(b)
	if got := fyne.CurrentApp().Clipboard().Content(); got != "3f1c0b52" {
		t.Errorf("clipboard holds %q", got)
	}
	if b.Text() != "ui.copied" {
		t.Errorf("says %q", b.Text())
	}
	if b.MinSize().Width != width {
		t.Error("the button changes its width")
	}
	test.Tap(b) // a second press while it says Copied
	end()
	if b.Text() != "ui.copy" {
		t.Errorf("says %q in the end", b.Text())
	}
}

// Whatever has the focus hands the window's keys on.
func TestWindowKeysAreHandedOn(t *testing.T) {
	themed(t)
	field := NewField("Field")
	button, tick := NewButton("Go", Plain, nil), NewTick("Tick", nil)
	choice := NewChoice([]Option{{ID: "a", Label: "A"}}, false)
	c := show(t, Column(8, button, tick, choice, field))
	var got []string
	c.SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, string(e.Name)) })
	for _, s := range []*desktop.CustomShortcut{
		{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl}, {KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt},
	} {
		c.AddShortcut(s, func(s fyne.Shortcut) { got = append(got, s.ShortcutName()) })
	}
	for _, o := range []fyne.Focusable{button, tick, choice, field.Entry} {
		got = nil
		c.Focus(o)
		o.TypedKey(key(fyne.KeyEscape))
		o.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierControl})
		o.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyLeft, Modifier: fyne.KeyModifierAlt})
		if want := "Escape CustomDesktop:Control+Return CustomDesktop:Alt+Left"; strings.Join(got, " ") != want {
			t.Errorf("%T hands on %q, want %q", o, strings.Join(got, " "), want)
		}
	}
}

func TestFieldChecks(t *testing.T) {
	themed(t)
	f := NewField("ID")
	f.Check = func(text string) Problem {
		switch text {
		case "right":
			return Problem{}
		case "risky":
			return Problem{Text: "are you sure", Warning: true}
		}
		return Problem{Text: "wrong: " + text}
	}
	other := NewField("Other")
	c := show(t, Column(8, f, other))
	leave := func() { c.Focus(other.Entry) }

	c.Focus(f.Entry)
	leave()
	if f.Problem().Text != "" {
		t.Errorf("an empty field is judged when it is only passed: %q", f.Problem().Text)
	}
	c.Focus(f.Entry)
	test.Type(f.Entry, "righ")
	if f.Problem().Text != "" {
		t.Error("judged while it is typed for the first time")
	}
	leave()
	if f.Problem().Text != "wrong: righ" {
		t.Errorf("after leaving: %q", f.Problem().Text)
	}
	if !f.note.Visible() || f.Text() != "righ" {
		t.Error("the problem is not shown, or what was typed is lost")
	}
	c.Focus(f.Entry)
	f.Entry.CursorColumn = 4
	test.Type(f.Entry, "t")
	if f.Problem().Text != "" || f.note.Visible() {
		t.Errorf("still a problem: %q", f.Problem().Text)
	}
	f.SetText("risky")
	if !f.Validate() || !f.Problem().Warning {
		t.Error("a warning stops, or is not shown")
	}
	f.SetText("")
	if f.Validate() {
		t.Error("Continue accepts an empty field that must not be empty")
	}
}

func TestPasteIsCleaned(t *testing.T) {
	themed(t)
	f := NewField("ID")
	f.Entry.Clean = strings.TrimSpace
	c := show(t, f)
	c.Focus(f.Entry)
	board := fyne.CurrentApp().Clipboard()
	board.SetContent("  3f1c0b52 \n")
	f.Entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: board})
	if f.Text() != "3f1c0b52" {
		t.Errorf("pasted %q", f.Text())
	}
	if board.Content() != "  3f1c0b52 \n" {
		t.Error("the clipboard itself was changed")
	}
}

func TestHiddenTextHasNoEyeOfItsOwn(t *testing.T) {
	themed(t)
	f := NewField("Secret")
	f.Entry.Password = true
	f.Preset("hunter2")
	show(t, f)
	if f.Entry.ActionItem != nil {
		t.Error("Fyne's eye is there")
	}
	if !f.Entry.Password {
		t.Error("the text is not hidden")
	}
}

func TestChoice(t *testing.T) {
	themed(t)
	var chosen []string
	c := NewChoice([]Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B", Detail: "why"}, {ID: "c", Label: "C", Pill: "new"}}, false)
	c.OnChanged = func(id string) { chosen = append(chosen, id) }
	c.Select("a")
	show(t, c).Focus(c)
	c.TypedKey(key(fyne.KeyDown))
	c.TypedKey(key(fyne.KeyRight))
	c.TypedKey(key(fyne.KeyDown)) // round to the first
	c.TypedKey(key(fyne.KeyUp))
	test.Tap(c.rows[1])
	test.Tap(c.rows[1])
	if got := strings.Join(chosen, ""); got != "bcacb" || c.Selected() != "b" {
		t.Errorf("chosen %q, now %q", got, c.Selected())
	}
}

func TestTick(t *testing.T) {
	themed(t)
	var got []bool
	k := NewTick("IMAP", func(on bool) { got = append(got, on) })
	show(t, k).Focus(k)
	k.TypedKey(key(fyne.KeySpace))
	k.TypedKey(key(fyne.KeyReturn))
	test.Tap(k)
	if len(got) != 3 || !got[0] || got[1] || !got[2] || !k.On() {
		t.Errorf("told %v, on %v", got, k.On())
	}
}

func TestTextWraps(t *testing.T) {
	themed(t)
	for name, tt := range map[string]struct {
		text  string
		style Style
		lines int // at least
	}{
		"words":     {"one sentence of some words that does not fit", Style{}, 2},
		"long word": {strings.Repeat("https://host.example/", 8), Style{Mono: true}, 3},
		"one line":  {"one sentence of some words that does not fit", Style{OneLine: true}, 1},
		"cut":       {"one sentence of some words that does not fit", Style{OneLine: true, Cut: true}, 1},
		"newline":   {"a\nb", Style{}, 2},
		"umlauts":   {strings.Repeat("ß", 60), Style{}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			text := NewText(tt.text, tt.style)
			show(t, text)
			text.Resize(fyne.NewSize(150, 20))
			r := test.WidgetRenderer(text).(*textRenderer)
			if len(r.lines) < tt.lines || tt.lines == 1 && len(r.lines) != 1 {
				t.Errorf("%d lines, want %d", len(r.lines), tt.lines)
			}
			for _, o := range r.lines {
				line := o.(interface{ MinSize() fyne.Size })
				if !tt.style.OneLine && line.MinSize().Width > 151 {
					t.Errorf("a line is %v wide", line.MinSize().Width)
				}
			}
			if want := r.line * float32(len(r.lines)); text.MinSize().Height != want {
				t.Errorf("height %v, want %v", text.MinSize().Height, want)
			}
		})
	}
}

// A column gives each object the height that it needs at the column's width.
func TestColumnFollowsTheWidth(t *testing.T) {
	themed(t)
	text := NewText(strings.Repeat("some words that wrap ", 10), Style{})
	column := Column(5, text, NewButton("Go", Plain, nil))
	show(t, column)
	column.Resize(fyne.NewSize(600, 300))
	wide := column.MinSize().Height
	column.Resize(fyne.NewSize(200, 300))
	if narrow := column.MinSize().Height; narrow <= wide {
		t.Errorf("height %v at 200 and %v at 600", narrow, wide)
	}
	if button := column.Objects[1]; button.Position().Y < text.Size().Height {
		t.Error("the button lies over the text")
	}
}

func TestFlowBeginsANewLine(t *testing.T) {
	themed(t)
	var buttons []fyne.CanvasObject
	for range 6 {
		buttons = append(buttons, NewButton("A button", Plain, nil))
	}
	flow := Flow(6, buttons...)
	show(t, flow)
	flow.Resize(fyne.NewSize(260, 300))
	if flow.MinSize().Height < 2*buttons[0].MinSize().Height {
		t.Error("all on one line")
	}
	for _, b := range buttons {
		if right := b.Position().X + b.Size().Width; right > 260 {
			t.Errorf("a button ends at %v", right)
		}
	}
}

func TestPillAndNoticeSayTheirState(t *testing.T) {
	themed(t)
	for _, mood := range []Mood{Idle, Info, Good, Warn, Bad, Practice} {
		p := NewPill(mood, "State")
		show(t, Column(8, p, NewNotice(mood, "Title", NewText("text", Style{}))))
		if p.Text() != "State" || p.Mood() != mood {
			t.Errorf("pill says %q, %v", p.Text(), p.Mood())
		}
	}
}

func sameImage(a, b image.Image) bool {
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}
