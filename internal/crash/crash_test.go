package crash

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// planted is a secret that the crashing process has in its hands.
const planted = "Xq8Q~plantedSecret-0123456789abcdefABCDEF"

// how a child of the tests ends.
const envHow = "POSTKEY_TEST_CRASH"

func TestMain(m *testing.M) {
	Main()
	if how := os.Getenv(envHow); how != "" {
		crashHere(how, os.Args[len(os.Args)-1])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type secretive struct{ value [8]byte }

// hold has the secret's bytes among its arguments while it crashes.
//
//go:noinline
func (s secretive) hold(how, secret string) {
	switch how {
	case "words":
		panic("sent " + secret + "\nand\n" + secret)
	case "error":
		panic(fmt.Errorf("runtime error: %s", secret))
	case "conversion":
		var v any = s
		_ = v.(string)
	case "index":
		_ = secret[:len(how)+len(secret)]
	case "nil":
		var p *secretive
		p.value[0] = 1
	case "goroutine":
		go func() { panic(errors.New("body: " + secret)) }()
		select {}
	case "map":
		m := map[string]map[string]string{}
		m[""][secret] = secret
	}
}

// crashHere ends this process in a way; "well" is none.
func crashHere(how, dir string) {
	stop, err := Watch(dir, About{"1.2.3", "abc"})
	if err != nil {
		fmt.Println(err)
		os.Exit(9)
	}
	secretive{[8]byte([]byte(planted[:8]))}.hold(how, planted)
	stop()
}

// crashed runs a child to its crash and returns the report, empty for none.
func crashed(t *testing.T, how string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), envHow+"="+how)
	out, err := cmd.CombinedOutput()
	if (err == nil) != (how == "well") {
		t.Fatalf("%s: %v\n%s", how, err, out)
	}
	if how != "well" && !strings.Contains(string(out), "goroutine ") {
		t.Errorf("%s: standard error no longer tells of the crash:\n%s", how, out)
	}
	place, limit := filepath.Join(dir, folder), time.Now().Add(20*time.Second)
	for how != "well" && time.Now().Before(limit) {
		if _, n := Reports(dir); n > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	names, _ := filepath.Glob(filepath.Join(place, "*"))
	if how == "well" {
		if len(names) > 0 {
			t.Errorf("a report without a crash: %q", names)
		}
		return ""
	}
	if len(names) != 1 {
		t.Fatalf("%s: the folder holds %q", how, names)
	}
	time.Sleep(50 * time.Millisecond) // until it is written to its end
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestReport(t *testing.T) {
	says := map[string]string{
		"words": "panic: (its words", "error": "panic: (its words", "goroutine": "panic: (its words",
		"conversion": "panic: interface conversion: interface {} is crash.secretive, not string",
		"index":      "panic: runtime error: slice bounds out of range [:", "nil": "invalid memory address or nil pointer dereference",
		"map": "panic: assignment to entry in nil map",
	}
	for how, words := range says {
		t.Run(how, func(t *testing.T) {
			report := crashed(t, how)
			for _, want := range []string{words, "Postkey 1.2.3 (commit abc)", "goroutine ", "crash_test.go:", "postkey/internal/crash."} {
				if !strings.Contains(report, want) {
					t.Errorf("%q is missing in\n%s", want, report)
				}
			}
			for n := 0; n+6 <= len(planted); n++ {
				if strings.Contains(report, planted[n:n+6]) {
					t.Fatalf("%q of the secret is in\n%s", planted[n:n+6], report)
				}
			}
			if strings.Contains(report, "0x") && strings.Contains(report, "({") {
				t.Errorf("arguments are in\n%s", report)
			}
		})
	}
}

func TestNoReportWithoutACrash(t *testing.T) { crashed(t, "well") }

// TestCleanIsNotFooled tries words that look like the lines that are kept.
func TestCleanIsNotFooled(t *testing.T) {
	for _, said := range []string{
		"panic: " + planted,
		"panic: x\n\tgoroutine 1 [running]:\n\tmain." + planted + "()\n\t\t" + planted + ".go:1",
		"panic: runtime error: index out of range [1] \"" + planted + "\"",
		"fatal error: " + planted,
		"[signal " + planted + "]",
		"panic: first [recovered]\n\tpanic: " + planted,
		planted + "\n\n" + planted + "()\n\t/a/b.go:1",
		"goroutine 1 [" + planted + "]:",
		"goroutine 1 [running]:\n" + planted + "\n\t/a/" + planted,
		"goroutine 1 [running]:\nmain.f({" + planted + "})\nmain.g()\n\t/a/b.go:1",
	} {
		if got := Clean(said); strings.Contains(got, "planted") {
			t.Errorf("%q became\n%s", said, got)
		}
	}
}

// The folder's name is no pattern.
func TestReportsAreToldOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "[work] ö 世界")
	if _, n := Reports(dir); n != 0 {
		t.Errorf("%d reports before the first crash", n)
	}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for n := range kept + 2 {
		if err := write(filepath.Join(dir, folder), "head\n", "panic: x\n", at.Add(time.Duration(n)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	place, n := Reports(dir)
	if n != kept {
		t.Errorf("%d reports are kept, want %d", n, kept)
	}
	if err := Told(dir); err != nil {
		t.Fatal(err)
	}
	if _, n := Reports(dir); n != 0 {
		t.Errorf("%d reports would be told again", n)
	}
	if names, err := os.ReadDir(place); err != nil || len(names) != kept {
		t.Errorf("telling removed reports: %v, %v", names, err)
	}
	if err := write(place, "head\n", "panic: x\n", at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, n := Reports(dir); n != 1 {
		t.Errorf("%d reports are new, want 1", n)
	}
}
