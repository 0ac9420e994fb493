// Package widgets holds what two screens of the window share: the theme with
// its colour roles, text that wraps, buttons that react to Return, fields that
// say what is wrong under themselves, cards, pills, crumbs and notices.
//
// Start with NewTheme, then Column and NewCard to lay a page out. Every widget
// here gives its height for the width that it was laid out with, so long texts
// wrap and never push the window wider. Nothing here knows a rule about
// Microsoft 365; a screen belongs into package ui.
//
// Like all of Fyne, the widgets are used on the UI goroutine only.
package widgets

import "fyne.io/fyne/v2/lang"

// word returns a short text that the widgets themselves show, such as Copy.
func word(key string) string { return lang.X(key, key) }
