package terminal

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"postkey/assets"
)

// sheet is a console that nobody types at.
type sheet struct {
	strings.Builder
	width int
	color bool
}

func (s *sheet) Line(context.Context, string) (string, error)   { return "", context.Canceled }
func (s *sheet) Secret(context.Context, string) (string, error) { return "", context.Canceled }
func (s *sheet) Width() int                                     { return s.width }
func (s *sheet) Color() bool                                    { return s.color }

func TestLinesFitTheTerminal(t *testing.T) {
	for _, width := range []int{20, 60, 80, 200} {
		s := &sheet{width: width}
		w := Wizard{Console: s, Language: "it"}
		address := "https://" + strings.Repeat("x", 100)
		w.wrap("  ! ", "    ", w.tr("terminal.keys")+" "+address+" è à ù")
		whole := false
		for line := range strings.Lines(s.String()) {
			line = strings.TrimSuffix(line, "\n")
			whole = whole || strings.TrimSpace(line) == address || strings.Contains(line, address)
			if n := utf8.RuneCountInString(line); n > max(width-1, narrowest) && !strings.Contains(line, address) {
				t.Errorf("%d characters at width %d: %q", n, width, line)
			}
		}
		if !whole {
			t.Errorf("at width %d the address is broken: %q", width, s.String())
		}
	}
}

func TestColorsOnlyWhereShown(t *testing.T) {
	plain, coloured := &sheet{width: 80}, &sheet{width: 80, color: true}
	for _, s := range []*sheet{plain, coloured} {
		w := Wizard{Console: s}
		w.wrong(assets.Msg("terminal.first"))
	}
	if want := "  ! This is the first question.\n"; plain.String() != want || coloured.String() != "\x1b[31m"+want+"\x1b[0m" {
		t.Errorf("%q, %q", plain.String(), coloured.String())
	}
}

func TestServersSendNoControlSequences(t *testing.T) {
	if got := plain("535 \x1b[2J\u009b31mno\r\nmore\x7f"); got != "535  [2J 31mno \nmore " {
		t.Errorf("%q", got)
	}
}
