package pasted

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func utf16Of(text string, order binary.AppendByteOrder) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func TestText(t *testing.T) {
	const plain = "AppId : 1\nÜber 🙂\n"
	for name, text := range map[string]string{
		"plain":           plain,
		"Windows":         "AppId : 1\r\nÜber 🙂\r\n",
		"old Mac":         "AppId : 1\rÜber 🙂\r",
		"mark":            "\ufeff" + plain,
		"UTF-16":          "\xff\xfe" + utf16Of(plain, binary.LittleEndian),
		"UTF-16 BE":       "\xfe\xff" + utf16Of(plain, binary.BigEndian),
		"without mark":    utf16Of(plain, binary.LittleEndian),
		"without mark BE": utf16Of(plain, binary.BigEndian),
		"character set":   "\x1b(BAppId\x1b(B\x1b[m : 1\nÜber 🙂\n", // tput sgr0 of xterm
		"colours":         "\x1b]0;t\x07\x1b[1;32mAppId\x1b[0m : 1\nÜber 🙂\n",
	} {
		if got := Text(text); got != plain {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := Text("a\xffb"); got != "a\ufffdb" {
		t.Errorf("what is no text: %q", got)
	}
}

func TestLines(t *testing.T) {
	got := Lines("a\tb\u00a0c  \n\u200bx\x00y\n\n12345678\t9")
	if want := []string{"a       b c", "xy", "", "12345678        9"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzText(f *testing.F) {
	f.Add("\xff\xfea\x00b\x00")
	f.Add("\x1b[31m\x1b]0;")
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if strings.ContainsAny(got, "\r\x1b") || strings.ToValidUTF8(got, "") != got {
			t.Fatalf("%q", got)
		}
		for _, line := range Lines(text) {
			if strings.ContainsAny(line, "\n\t") || strings.HasSuffix(line, " ") {
				t.Fatalf("%q", line)
			}
		}
	})
}
