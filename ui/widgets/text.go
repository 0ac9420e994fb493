package widgets

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Style says how a Text looks. The zero value is ordinary text that wraps.
type Style struct {
	// Size is a size of the theme; empty: theme.SizeNameText.
	Size fyne.ThemeSizeName
	// Color is a colour of the theme; empty: ColorText.
	Color fyne.ThemeColorName
	Bold  bool
	// Mono is for values that are copied letter by letter. It breaks anywhere.
	Mono bool
	// OneLine keeps the text on one line, which makes its width its minimum.
	OneLine bool
	// Cut, with OneLine, cuts the text with an ellipsis where the width ends.
	Cut   bool
	Align fyne.TextAlign
}

// Text is a text of the theme's colours that wraps at the width it is given.
type Text struct {
	widget.BaseWidget
	text  string
	style Style
}

// NewText makes a text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// NewHeading is the one heading of a page.
func NewHeading(text string) *Text {
	return NewText(text, Style{Size: theme.SizeNameHeadingText, Bold: true})
}

// NewSentence is the one sentence under it.
func NewSentence(text string) *Text { return NewText(text, Style{Color: ColorQuiet}) }

// NewTitle is the bold line at the head of a card or a group of choices.
func NewTitle(text string) *Text { return NewText(text, Style{Bold: true}) }

// NewLabel is the small bold line above a field.
func NewLabel(text string) *Text { return NewText(text, Style{Size: SizeSmall, Bold: true}) }

// NewQuiet is a hint.
func NewQuiet(text string) *Text { return NewText(text, Style{Size: SizeSmall, Color: ColorQuiet}) }

// NewMono is a value in letters of one width.
func NewMono(text string) *Text { return NewText(text, Style{Size: SizeSmall, Mono: true}) }

// Text returns what is shown.
func (t *Text) Text() string { return t.text }

// SetText shows another text.
func (t *Text) SetText(text string) {
	if t.text != text {
		t.text = text
		t.Refresh()
	}
}

// SetStyle changes the look.
func (t *Text) SetStyle(style Style) {
	if t.style != style {
		t.style = style
		t.Refresh()
	}
}

// CreateRenderer is called by Fyne.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{text: t}
	r.Refresh()
	return r
}

type textRenderer struct {
	text    *Text
	width   float32 // of the last wrap; 0: never laid out
	lines   []fyne.CanvasObject
	natural float32
	line    float32 // height of one line
}

// monoMore makes small letters of one width larger. At many sizes the underscore
// of Fyne's monospace font falls below the line and is not drawn: offline_access
// would read as two words. At these it is seen at every usual scale.
const monoMore = 0.75

func (t *Text) look() (size float32, style fyne.TextStyle) {
	s := t.style
	if s.Size == "" {
		s.Size = theme.SizeNameText
	}
	size = t.Theme().Size(s.Size)
	if s.Mono {
		size += monoMore
	}
	return size, fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono}
}

// Width is how wide the text is on one line.
func (t *Text) Width() float32 {
	size, style := t.look()
	return fyne.MeasureText(t.text, size, style).Width
}

func (r *textRenderer) measure(text string) float32 {
	size, style := r.text.look()
	return fyne.MeasureText(text, size, style).Width
}

func (r *textRenderer) Layout(size fyne.Size) {
	if size.Width != r.width {
		r.width = size.Width
		r.wrap()
	}
	for i, o := range r.lines {
		o.Resize(fyne.NewSize(size.Width, r.line))
		o.Move(fyne.NewPos(0, float32(i)*r.line))
	}
}

func (r *textRenderer) MinSize() fyne.Size {
	w := r.natural
	switch {
	case r.text.style.Cut:
		w = min(w, 30)
	case !r.text.style.OneLine:
		w = min(w, 60)
	}
	return fyne.NewSize(w, r.line*float32(max(len(r.lines), 1)))
}

func (r *textRenderer) Refresh() {
	size, style := r.text.look()
	r.line = fyne.MeasureText("Mg", size, style).Height
	r.wrap()
	r.Layout(r.text.Size())
}

// wrap makes the lines for the current width.
func (r *textRenderer) wrap() {
	size, style := r.text.look()
	name := r.text.style.Color
	if name == "" {
		name = ColorText
	}
	ink := r.text.Theme().Color(name, fyne.CurrentApp().Settings().ThemeVariant())
	r.natural = 0
	var parts []string
	for _, para := range strings.Split(r.text.text, "\n") {
		r.natural = max(r.natural, r.measure(para))
		parts = append(parts, r.breakUp(para)...)
	}
	for i, part := range parts {
		if i == len(r.lines) {
			r.lines = append(r.lines, canvas.NewText("", ink))
		}
		line := r.lines[i].(*canvas.Text)
		line.Text, line.Color, line.TextSize, line.TextStyle = part, ink, size, style
		line.Alignment = r.text.style.Align
		line.Refresh()
	}
	r.lines = r.lines[:len(parts)]
}

// breakUp splits one paragraph into lines that fit.
func (r *textRenderer) breakUp(para string) []string {
	room := r.width + 0.5 // rounding of the width that fits exactly
	if r.width <= 0 || r.natural <= room && r.measure(para) <= room {
		return []string{para}
	}
	if r.text.style.OneLine {
		if r.text.style.Cut {
			return []string{r.cut(para, room)}
		}
		return []string{para}
	}
	var out []string
	line := ""
	for _, word := range strings.Fields(para) {
		with := word
		if line != "" {
			with = line + " " + word
		}
		if r.measure(with) <= room {
			line = with
			continue
		}
		if line != "" {
			out = append(out, line)
		}
		for r.measure(word) > room {
			n := r.fits(word, room)
			if n == len(word) {
				break
			}
			out = append(out, word[:n])
			word = word[n:]
		}
		line = word
	}
	return append(out, line)
}

// fits returns how many bytes of word fit, at least one letter.
func (r *textRenderer) fits(word string, room float32) int {
	last := 0
	for i := range word {
		if i > 0 && r.measure(word[:i]) > room {
			return last
		}
		if i > 0 {
			last = i
		} else {
			last = len(string([]rune(word)[0]))
		}
	}
	return last
}

func (r *textRenderer) cut(para string, room float32) string {
	letters := []rune(para)
	for len(letters) > 1 && r.measure(string(letters)+"…") > room {
		letters = letters[:len(letters)-1]
	}
	return strings.TrimRight(string(letters), " ·") + "…"
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return r.lines }

func (r *textRenderer) Destroy() {}
