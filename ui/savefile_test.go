package ui

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"postkey/ui/widgets"
	"postkey/wizard"
)

// saveRig is a window whose dialog proposes a folder of the test.
func saveRig(t *testing.T) (r *rig, dir string) {
	t.Helper()
	r = newRig(t, rigOptions{})
	dir = t.TempDir()
	r.settings.SaveFolder = dir
	r.wizard(r.atStep(wizard.StepApplication))
	return r, dir
}

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// kept reads a file and proves that nothing else is in its folder.
func kept(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
	return string(data)
}

func TestSaveFileWithTheKeyboard(t *testing.T) {
	r, dir := saveRig(t)
	saved := ""
	r.saveFile("Support inbox.html", []string{".html"}, says("hello"), func(path string, err error) {
		must(t, err)
		saved = path
	})
	r.sees("File name")
	r.typeIn("mine")
	r.press(fyne.KeyReturn)
	r.until("it is saved", func() bool { return saved != "" })
	if want := filepath.Join(dir, "mine.html"); saved != want || kept(t, want) != "hello" {
		t.Errorf("saved %q", saved)
	}
	if r.window.Canvas().Overlays().Top() != nil {
		t.Error("the dialog stays")
	}
	if info, err := os.Stat(saved); err != nil || info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	other := t.TempDir()
	saved = ""
	r.saveFile("next.html", nil, says("again"), func(path string, err error) {
		must(t, err)
		saved = path
	})
	r.press(fyne.KeyTab) // to the folder
	r.typeIn(other)
	r.press(fyne.KeyReturn)
	r.until("it is saved elsewhere", func() bool { return saved != "" })
	if kept(t, filepath.Join(other, "next.html")) != "again" || r.saveFolder() != other {
		t.Errorf("saved %q, next time in %q", saved, r.saveFolder())
	}
}

func TestSaveFileAsksBeforeItReplaces(t *testing.T) {
	r, dir := saveRig(t)
	path := filepath.Join(dir, "a.ics")
	must(t, os.WriteFile(path, []byte("before"), 0o640))
	var done int
	r.saveFile("a.ics", []string{".ics"}, says("after"), func(_ string, err error) {
		must(t, err)
		done++
	})
	r.press(fyne.KeyReturn)
	r.until("it is asked", func() bool { return strings.Contains(r.texts(), "A file of this name") })
	if done != 0 || kept(t, path) != "before" {
		t.Fatal("replaced without a question")
	}
	r.press(fyne.KeyTab)
	r.sees("A file of this name") // while the focus goes to the button
	r.press(fyne.KeyTab)
	r.typeInto("File name", "b")
	r.seesNot("A file of this name")
	r.button("Save")
	r.typeInto("File name", "a")
	r.press(fyne.KeyReturn)
	r.until("it is asked again", func() bool { return strings.Contains(r.texts(), "Replace") })
	r.button("Replace").Tapped(nil)
	r.until("it is replaced", func() bool { return done == 1 })
	if kept(t, path) != "after" {
		t.Error("not replaced")
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v", info.Mode())
	}
}

func TestSaveFileSaysWhatIsWrong(t *testing.T) {
	r, dir := saveRig(t)
	must(t, os.Mkdir(filepath.Join(dir, "folder.html"), 0o700))
	r.saveFile("x", []string{".html"}, says("x"), func(path string, err error) { t.Errorf("saved %q, %v", path, err) })
	for typed, want := range map[string]string{
		" ": "Enter a file name", "..": "Enter a file name", "a/b": "none of these characters", `a\b`: "none of these characters",
		"a\nb": "none of these characters", "folder": "the name of a folder",
	} {
		r.typeInto("File name", typed)
		r.press(fyne.KeyReturn)
		r.until("it is said: "+want, func() bool { return strings.Contains(r.texts(), want) })
	}
	r.typeInto("File name", "x")
	for _, typed := range []string{"", "relative", filepath.Join(dir, "missing")} {
		r.typeInto("Folder", typed)
		r.press(fyne.KeyReturn)
		r.until("the folder is refused", func() bool { return strings.Contains(r.texts(), "This folder does not exist") })
	}
	r.press(fyne.KeyEscape)
	r.seesNot("File name")
}

func TestSaveFileTellsWhatFailed(t *testing.T) {
	r, dir := saveRig(t)
	broken := errors.New("no more room")
	var got error
	path := filepath.Join(dir, "a.json")
	must(t, os.WriteFile(path, []byte("before"), 0o600))
	r.saveFile("a.json", nil, func(io.Writer) error { return broken }, func(_ string, err error) { got = err })
	r.press(fyne.KeyReturn)
	r.until("it is asked", func() bool { return strings.Contains(r.texts(), "Replace") })
	r.press(fyne.KeyReturn)
	r.until("it is told", func() bool { return got != nil })
	if !errors.Is(got, broken) || kept(t, path) != "before" {
		t.Errorf("%v", got)
	}
}

func TestSaveFileIsCancelled(t *testing.T) {
	for name, cancel := range map[string]func(*rig){
		"Escape": func(r *rig) { r.press(fyne.KeyEscape) },
		"Cancel": func(r *rig) { r.button("Cancel").Tapped(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			r, dir := saveRig(t)
			r.saveFile("a.html", nil, says("x"), func(path string, _ error) { t.Errorf("saved %q", path) })
			cancel(r)
			r.seesNot("File name")
			r.settled()
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
		})
	}
}

// What is being written when the dialog is cancelled is not put in its place.
func TestSaveFileIsCancelledWhileItWrites(t *testing.T) {
	for name, cancel := range map[string]func(*rig){
		"Escape": func(r *rig) { r.press(fyne.KeyEscape) },
		"Cancel": func(r *rig) { r.button("Cancel").Tapped(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			r, dir := saveRig(t)
			writing, goOn := make(chan struct{}), make(chan struct{})
			r.saveFile("a.html", nil, func(w io.Writer) error {
				close(writing)
				<-goOn
				return says("x")(w)
			}, func(path string, _ error) { t.Errorf("saved %q", path) })
			r.press(fyne.KeyReturn)
			<-writing
			cancel(r)
			r.seesNot("File name")
			close(goOn)
			r.until("the writing has ended", func() bool { return r.saving.stop == nil })
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
				t.Errorf("the folder holds %v, %v", entries, err)
			}
		})
	}
}

// typeInto types over a field of the dialog.
func (r *rig) typeInto(label, text string) {
	r.t.Helper()
	r.focusOnField(r.fieldOf(label))
	r.typeIn(text)
}

// fieldOf finds a field by its label.
func (r *rig) fieldOf(label string) *widgets.Field {
	r.t.Helper()
	for _, o := range r.objects() {
		if f, ok := o.(*widgets.Field); ok && f.Label() == label {
			return f
		}
	}
	r.t.Fatalf("no field %q in\n%s", label, r.texts())
	return nil
}

func TestSaveFileChoosesAFolder(t *testing.T) {
	r, dir := saveRig(t)
	r.saveFile("a.html", nil, says("x"), func(string, error) {})
	overlays := func() int { return len(r.window.Canvas().Overlays().List()) }
	r.button("Choose folder…").Tapped(nil)
	if overlays() != 2 {
		t.Fatalf("%d dialogs are open", overlays())
	}
	r.press(fyne.KeyEscape)
	if overlays() != 1 || r.fieldOf("Folder").Text() != dir {
		t.Errorf("%d dialogs are open, the folder is %q", overlays(), r.fieldOf("Folder").Text())
	}
	r.button("Choose folder…").Tapped(nil)
	for _, o := range r.objects() {
		if b, ok := o.(*widget.Button); ok && b.Text == "Open" {
			b.OnTapped()
		}
	}
	if overlays() != 1 || r.fieldOf("Folder").Text() != dir {
		t.Errorf("%d dialogs are open, the folder is %q", overlays(), r.fieldOf("Folder").Text())
	}
}
