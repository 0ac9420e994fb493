// Label is the floor of the benchmarks: a Fyne window of Postkey's size with one
// label in it, and nothing else.
package main

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.NewWithID("io.postkey.Label")
	w := a.NewWindow("Label")
	w.SetContent(widget.NewLabel("A window with one label."))
	w.Resize(fyne.NewSize(1040, 720))
	w.ShowAndRun()
}
