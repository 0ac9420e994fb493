// Package graphics finds out, before the first window, whether this computer can
// draw one: Fyne draws through OpenGL 2.1, which remote desktops, virtual
// machines and old drivers may lack, and would end the program without a word.
// Start with Check.
package graphics

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/go-gl/gl/v2.1/gl"
	"github.com/go-gl/glfw/v3.3/glfw"

	"postkey/assets"
)

// Missing says that there is nothing to draw with.
type Missing struct {
	// Reason is what the system said, in its own words.
	Reason string
	// Display says that not even the screen was reached, so that nothing is known of OpenGL.
	Display bool
}

// Error implements error: what is missing and the ways on, on one line.
func (m *Missing) Error() string { return assets.Text("en", m.message("line")) }

// Title and Text are what a message box says.
func (m *Missing) Title() assets.Message { return assets.Msg("graphics.title") }

// Text is the explanation with the ways on, on several lines.
func (m *Missing) Text() assets.Message { return m.message("text") }

func (m *Missing) message(form string) assets.Message {
	dir := "."
	if exe, err := os.Executable(); err == nil {
		dir = filepath.Dir(exe)
	}
	switch {
	case m.Display:
		form = "display"
	case runtime.GOOS != "windows":
		form += "-unix"
	}
	return assets.Msg("graphics."+form, "Reason", m.Reason, "Dir", dir)
}

// Check makes a window that is never shown, in the way in which Fyne will make
// its own, and takes it away again. It returns a *Missing when that cannot be
// done. It must be called on the main goroutine, before Fyne's first window.
func Check() error {
	return try(func(*glfw.Window) string { return "" }, nil)
}

// Driver returns what draws: the renderer and the version of OpenGL, as the
// driver names them. It fails as Check does, and must be called as Check is.
func Driver() (name string, err error) {
	err = try(func(w *glfw.Window) string {
		w.MakeContextCurrent()
		defer glfw.DetachCurrentContext()
		if err := gl.Init(); err != nil {
			return err.Error()
		}
		name = gl.GoStr(gl.GetString(gl.RENDERER)) + ", OpenGL " + gl.GoStr(gl.GetString(gl.VERSION))
		return ""
	}, glfw.Terminate)
	return name, err
}

// try runs use with a hidden window, and after at the end. Use returns what is wrong.
func try(use func(*glfw.Window) (problem string), after func()) (err error) {
	display := false
	said := listen()
	defer func() {
		why := recover() // the binding panics for errors that it does not expect
		words := said()
		switch {
		case why != nil && words == "":
			words = fmt.Sprint(why)
		case why == nil && err == nil:
			return
		case words == "":
			words = err.Error()
		}
		err = &Missing{Reason: words, Display: !display}
	}()
	if err := glfw.Init(); err != nil {
		return err
	}
	glfw.DefaultWindowHints() // panics when Init has only logged what is wrong
	display = true
	if after != nil {
		defer after()
	}
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHint(glfw.ContextVersionMajor, major)
	glfw.WindowHint(glfw.ContextVersionMinor, minor)
	w, err := glfw.CreateWindow(16, 16, "", nil, nil)
	if err != nil {
		return err
	}
	if w == nil {
		return errors.New("no window can be made")
	}
	defer glfw.DefaultWindowHints()
	defer w.Destroy()
	if problem := use(w); problem != "" {
		return errors.New(problem)
	}
	return nil
}

// The version of OpenGL that Fyne asks for.
const (
	major = 2
	minor = 1
)

// listen catches what the binding logs and prints, until the function is called
// that it returns.
func listen() (said func() string) {
	var words strings.Builder
	out, flags, stderr := log.Writer(), log.Flags(), os.Stderr
	log.SetOutput(&words)
	log.SetFlags(0)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err == nil {
		os.Stderr = null
	}
	return func() string {
		log.SetOutput(out)
		log.SetFlags(flags)
		if null != nil {
			os.Stderr = stderr
			_ = null.Close()
		}
		return strings.Join(strings.Fields(words.String()), " ")
	}
}
