package diagnose

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// pastedCase is one text of testdata/pasted.txt.
type pastedCase struct {
	id, text string
	more     bool // other findings may follow
}

// pastedCases reads testdata/pasted.txt.
func pastedCases(t testing.TB) []pastedCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/pasted.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []pastedCase
	for _, block := range strings.Split("\n"+string(raw), "\n=== ")[1:] {
		head, text, _ := strings.Cut(block, "\n")
		id, more := strings.CutSuffix(head, " +")
		out = append(out, pastedCase{id, text, more})
	}
	return out
}

// What administrators paste is given the finding that an expert would give,
// first, and where nothing else is said in the text alone.
func TestWhatIsPasted(t *testing.T) {
	cases := pastedCases(t)
	if len(cases) < 200 {
		t.Fatalf("only %d cases were read", len(cases))
	}
	for _, c := range cases {
		got := ids(ExplainText(c.text))
		if got[0] != c.id || len(got) > 1 && !c.more {
			t.Errorf("%s\n got %v\nwant %s", strings.TrimSpace(c.text), got, c.id)
		}
		if !slices.Contains(IDs(), c.id) {
			t.Errorf("there is no finding %s", c.id)
		}
	}
}
