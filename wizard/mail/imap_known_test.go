package mail

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// TestKnownResponsesPass: whatever lengths the reads have, what was asked for
// arrives as it was sent, with its literals, and nothing else does.
func TestKnownResponsesPass(t *testing.T) {
	long := strings.Repeat("x", 5000)
	pieces := []struct {
		text string
		pass bool
	}{
		{"* 3 EXISTS\r\n", true},
		{"* 3 exists\r\n", true},
		{"* OK [ALERT] the set is {9}\r\n", true},
		{"* BYE {4}\r\n", true},
		{"a1 OK done {99}\r\n", true},
		{"+ idling\r\n", true},
		{"* LIST () \"/\" {6}\r\n* X-NO\r\n", true},
		{"* LIST () \"/\" {0}\r\n\r\n", true},
		{"* 2 FETCH (BODY[HEADER] {12}\r\na: b\r\n* Q: \r FLAGS (\\Seen))\r\n", true},
		{"* 2 FETCH (BODY[] {5000}\r\n" + long + " UID 7)\r\n", true},
		{"* 2 FETCH (X \"" + long + "\" BODY[] {3}\r\n* 1)\r\n", true},
		{"* SEARCH\r\n", true},
		{"* LIST () \"/\" \"R&AOk-seau & R&-D\"\r\n", false},
		{"* LIST () \"/\" \"R&AOk-seau R&-D &-\"\r\n", true},
		{"* LIST () \"/\" \"&AOk-&AOk-\"\r\n", false},
		{"* LIST () \"/\" \"Ind\xe9sirables\"\r\n", false},
		{"* \r\n", false},
		{"* X-NEWS\r\n", false},
		{"* X-NEWS {13}\r\n* 4 EXISTS\r\nb {1+}\r\n\n\r\n", false},
		{"* 7 X-MOOD ~{10}\r\n* 4 EXISTS)\r\n", false},
		{"* VANISHED (EARLIER) 41,43:116\r\n", false},
		{"* X " + long + " {5000}\r\n" + long + "\r\n", false},
		{"* X {99999999999999999999}\r\n", false},
	}
	rapid.Check(t, func(t *rapid.T) {
		var sent, want strings.Builder
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(pieces)-1), 1, 20).Draw(t, "pieces") {
			sent.WriteString(pieces[i].text)
			if pieces[i].pass {
				want.WriteString(pieces[i].text)
			}
		}
		var r io.Reader = strings.NewReader(sent.String())
		if rapid.Bool().Draw(t, "a byte at a time") {
			r = iotest.OneByteReader(r)
		}
		k := &known{r: bufio.NewReaderSize(r, rapid.SampledFrom([]int{64, 100, 2 << 10}).Draw(t, "buffer")), tap: &tap{}}
		var got strings.Builder
		if _, err := io.CopyBuffer(&got, struct{ io.Reader }{k}, make([]byte, rapid.IntRange(1, 4000).Draw(t, "room"))); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("got %q\nwant %q\nof %q", got.String(), want.String(), sent.String())
		}
	})
}
