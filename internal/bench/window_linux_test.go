package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"postkey/internal/e2e/keyring"
	"postkey/internal/e2e/program"
)

// settle is how long a window is left alone before its memory is looked at and
// its idling is watched.
const settle = 3 * time.Second

// programs are Postkey and its floor.
type programs struct{ postkey, label string }

func build(t testing.TB) programs {
	t.Helper()
	label := filepath.Join(t.TempDir(), "label")
	if out, err := exec.Command("go", "build", "-o", label, "postkey/ui/label").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Cleanup(program.Clean)
	return programs{program.Build(t), label}
}

// window is a running program with its window drawn.
type window struct {
	screen *screen
	cmd    *exec.Cmd
	first  time.Duration // from the start of the process to its first frame
}

// open starts a program on a screen of its own and waits for its first frame.
// It has a keyring, as a desktop has. An empty home is that of a first start; in
// one that a window has been opened with, the system has cached shaders and fonts.
func open(t testing.TB, home, path string, args ...string) *window {
	t.Helper()
	s := newScreen(t)
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(keyring.Start(t, home), "DISPLAY=:"+s.display, "LANG=en_US.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_THEME=light")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for {
		drawn, err := s.drawn()
		took := time.Since(begun)
		if err != nil {
			t.Fatal(err)
		}
		if drawn {
			return &window{s, cmd, took}
		}
		if took > time.Minute {
			t.Fatalf("%s draws no window:\n%s", path, said.String())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// close ends the program and waits for its end.
func (w *window) close() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

func (w *window) peak(t testing.TB) float64 {
	t.Helper()
	n, err := peak(w.cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return float64(n)
}

// wakeUps counts how often the threads of the program have waited for
// something so far (voluntary_ctxt_switches of proc(5)).
func (w *window) wakeUps(t testing.TB) int {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", w.cmd.Process.Pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	sum := 0
	for _, f := range files {
		data, _ := os.ReadFile(f) // a thread may end meanwhile
		for line := range strings.Lines(string(data)) {
			if value, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				n, err := strconv.Atoi(strings.TrimSpace(value))
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
	}
	return sum
}

// median is the one in the middle.
func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkStart compares the time to the first frame, and the most memory ever
// used until the window has settled, with a window with one label: for every
// start but the first, and for the first.
func BenchmarkStart(b *testing.B) {
	p := build(b)
	b.Run("again", func(b *testing.B) {
		homes := []string{b.TempDir(), b.TempDir()}
		home := func(i int) string { return homes[i] }
		p.compare(b, home) // fills the homes
		starts(b, p, home)
	})
	b.Run("first", func(b *testing.B) {
		starts(b, p, func(int) string { return b.TempDir() })
	})
}

// figures are the milliseconds to the first frame and the bytes of memory of
// the label, 0, and of Postkey, 1.
type figures struct{ first, memory [2]float64 }

// compare opens both programs, one after the other.
func (p programs) compare(b *testing.B, home func(int) string) (f figures) {
	for i := range 2 {
		w := p.open(b, i, home(i))
		time.Sleep(settle)
		f.first[i], f.memory[i] = w.first.Seconds()*1000, w.peak(b)
		w.close()
	}
	return f
}

// open opens the label, 0, or Postkey, 1.
func (p programs) open(b *testing.B, which int, home string) *window {
	if which == 0 {
		return open(b, home, p.label)
	}
	return open(b, home, p.postkey, "--data", filepath.Join(home, "data"))
}

func starts(b *testing.B, p programs, home func(int) string) {
	var first, memory [2][]float64
	for b.Loop() {
		f := p.compare(b, home)
		for i := range 2 {
			first[i], memory[i] = append(first[i], f.first[i]), append(memory[i], f.memory[i])
		}
	}
	label, postkey := median(first[0]), median(first[1])
	b.ReportMetric(label, "label-ms")
	b.ReportMetric(postkey, "postkey-ms")
	b.ReportMetric(postkey/label, "first-frame-ratio")
	label, postkey = median(memory[0]), median(memory[1])
	b.ReportMetric(label/(1<<20), "label-MiB")
	b.ReportMetric(postkey/(1<<20), "postkey-MiB")
	b.ReportMetric(postkey/label, "memory-ratio")
}

// BenchmarkIdle watches both windows for a minute in which nothing happens.
// Fyne wakes up by itself, 60 times a second; what counts is what comes on top.
func BenchmarkIdle(b *testing.B) {
	p := build(b)
	const minute = time.Minute
	var wakeUps [2]float64
	var drawn [2]float64
	n := 0.0
	for b.Loop() {
		n++
		for i := range 2 {
			w := p.open(b, i, b.TempDir())
			time.Sleep(settle)
			before := w.wakeUps(b)
			repaints, err := w.screen.repaints(minute)
			if err != nil {
				b.Fatal(err)
			}
			wakeUps[i] += float64(w.wakeUps(b) - before)
			drawn[i] += float64(repaints)
			w.close()
		}
	}
	b.ReportMetric(drawn[0]/n, "label-repaints")
	b.ReportMetric(drawn[1]/n, "postkey-repaints")
	b.ReportMetric(wakeUps[0]/n, "label-wakeups")
	b.ReportMetric(wakeUps[1]/n, "postkey-wakeups")
	b.ReportMetric(wakeUps[1]/wakeUps[0], "wakeups-ratio")
}
