package console

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

var (
	kernel32      = windows.NewLazySystemDLL("kernel32.dll")
	attachConsole = kernel32.NewProc("AttachConsole")
	allocConsole  = kernel32.NewProc("AllocConsole")
	freeConsole   = kernel32.NewProc("FreeConsole")
)

// ofParent is ATTACH_PARENT_PROCESS: the console that the program was started from.
const ofParent = ^uintptr(0)

// Attach leads standard input, output and error to the console that the program
// was started from; what was redirected stays so. A program that asks gets a
// console window of its own instead when its input was not redirected: the shell
// does not wait for a graphical program and would read the answers itself.
//
// Without a console, as after a double click, nothing is changed. The function
// that it returns is to be called at the end of the program; it keeps an own
// console window open until Enter is pressed, or after Ctrl+C for a moment. A
// program that does not ask gets no input from a console that is the shell's: it
// would take lines that are typed for the shell.
func Attach(asks bool) (done func(cancelled bool)) {
	streams := []*stream{
		{windows.STD_INPUT_HANDLE, &os.Stdin, "CONIN$", 0},
		{windows.STD_OUTPUT_HANDLE, &os.Stdout, "CONOUT$", 0},
		{windows.STD_ERROR_HANDLE, &os.Stderr, "CONOUT$", 0},
	}
	missing := 0
	for _, s := range streams {
		if s.redirected = s.find(); s.redirected == 0 {
			missing++
		}
	}
	done = func(bool) {}
	if missing == 0 {
		return done
	}
	if ok, _, _ := attachConsole.Call(ofParent); ok == 0 {
		return done
	}
	if asks && streams[0].redirected == 0 {
		_, _, _ = freeConsole.Call()
		if ok, _, _ := allocConsole.Call(); ok == 0 {
			return done
		}
		done = stay
	}
	for _, s := range streams {
		if asks || s.which != windows.STD_INPUT_HANDLE || s.redirected != 0 {
			s.connect()
		}
	}
	colour()
	return done
}

// afterCancel is how long an own window stays after Ctrl+C. It cannot wait for
// Enter then: the read that was given up would get it.
const afterCancel = 5 * time.Second

// stay keeps the console window open until what is in it was read.
func stay(cancelled bool) {
	if cancelled {
		fmt.Fprintln(os.Stderr, "\nThis window closes in 5 seconds.")
		time.Sleep(afterCancel)
		return
	}
	fmt.Fprint(os.Stderr, "\nPress Enter to close this window.")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// colour makes the console understand the escape sequences for bold and colour;
// one that cannot gets none, which NO_COLOR says to whoever writes them.
func colour() {
	out := windows.Handle(os.Stdout.Fd())
	var mode uint32
	if windows.GetConsoleMode(out, &mode) != nil {
		return // redirected
	}
	if windows.SetConsoleMode(out, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		_ = os.Setenv("NO_COLOR", "1")
	}
}

// stream is one of the three standard streams.
type stream struct {
	which      uint32
	file       **os.File
	device     string
	redirected windows.Handle // what the program was given; 0 for none
}

// find returns the handle that the program was given, if it leads anywhere.
func (s *stream) find() windows.Handle {
	h, err := windows.GetStdHandle(s.which)
	if err != nil || h == 0 || h == windows.InvalidHandle {
		return 0
	}
	if kind, err := windows.GetFileType(h); err != nil || kind == windows.FILE_TYPE_UNKNOWN {
		return 0
	}
	return h
}

// connect makes the stream what was redirected, or else the console.
func (s *stream) connect() {
	h := s.redirected
	if h == 0 {
		file, err := os.OpenFile(s.device, os.O_RDWR, 0)
		if err != nil {
			return
		}
		*s.file = file
		h = windows.Handle(file.Fd())
	}
	// A crash of the runtime is written to the handle, not to the file.
	_ = windows.SetStdHandle(s.which, h)
}
