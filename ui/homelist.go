package ui

import (
	"reflect"
	"strings"

	"fyne.io/fyne/v2"

	"postkey/store"
	"postkey/ui/widgets"
)

// cardsAtOnce is how many cards are made at a time: more than a window shows,
// and few enough that Home is there at once however many connections there are.
const cardsAtOnce = 25

// growBefore is how near to the end of what is made scrolling makes more, in
// Fyne's units.
const growBefore = 500

// makeCards makes a card for each connection. One that shows the connection as
// it is stays, and so does one whose test runs: it may have the focus.
func (h *home) makeCards() {
	before := make(map[string]*card)
	for _, c := range h.cardsOfAll {
		before[c.connection.ID] = c
	}
	h.cardsOfAll = nil
	for _, c := range h.data.connections {
		k := before[c.ID]
		if k == nil || !k.running() && !reflect.DeepEqual(k.connection, c) {
			k = newCard(h, c)
		}
		k.showState()
		h.cardsOfAll = append(h.cardsOfAll, k)
	}
	sortCards(h.cardsOfAll, h.app.now())
}

// arrange shows the drafts and the cards that the search finds.
func (h *home) arrange() {
	h.shownCards, h.cards.Objects = nil, nil
	for _, c := range h.cardsOfAll {
		if h.found(c.connection) {
			h.shownCards = append(h.shownCards, c)
		}
	}
	h.showDrafts()
	h.buildMore()
	switch {
	case h.data.err != nil:
	case len(h.cardsOfAll) == 0 && len(h.data.drafts) > 0: // to go on is what to do first
	case len(h.cardsOfAll) == 0:
		h.cards.Add(widgets.NewCard(
			widgets.NewTitle(tr("home.empty-title")),
			widgets.NewSentence(tr("home.empty-text")),
			widgets.NewQuiet(tr("home.empty-need"))))
	case len(h.shownCards) == 0:
		h.cards.Add(widgets.NewCard(
			widgets.NewTitle(tr("home.search-none", "Text", h.searched())),
			widgets.Flow(0, widgets.NewButton(tr("home.search-clear"), widgets.Plain, h.clearSearch))))
	}
	h.showStatus()
	h.showTestAll()
}

// emptySearch clears the search. Moving the cursor first ends a selection,
// which Fyne would apply to what is typed next.
func (h *home) emptySearch() {
	h.search.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	h.search.SetText("")
}

func (h *home) clearSearch() {
	h.emptySearch()
	h.app.window.Canvas().Focus(h.search.Entry)
}

// buildMore makes the next cards.
func (h *home) buildMore() {
	from := len(h.cards.Objects)
	for _, c := range h.shownCards[min(from, len(h.shownCards)):min(from+cardsAtOnce, len(h.shownCards))] {
		h.cards.Objects = append(h.cards.Objects, c.build())
	}
	if from > 0 && len(h.cards.Objects) > from {
		h.relayout()
	}
}

// grow makes more cards when the end of those that are made comes near.
func (h *home) grow() {
	if len(h.cards.Objects) >= len(h.shownCards) {
		return
	}
	if h.scroll.Offset.Y+h.scroll.Size().Height > h.scroll.Content.Size().Height-growBefore {
		h.buildMore()
	}
}

// showStatus sums up at the foot of the screen; with nothing to say, the foot
// is not there. While Test all runs, the foot is its, and then its outcome's.
func (h *home) showStatus() {
	h.foot.Hidden = len(h.cardsOfAll) == 0
	switch {
	case h.all != nil:
		return
	case h.note != "":
		h.status.SetText(h.note)
		return
	}
	var parts []string
	if h.searched() != "" {
		parts = append(parts, tr("home.search-count", "Count", len(h.shownCards), "All", len(h.cardsOfAll)))
	} else {
		parts = append(parts, tr("home.count", "Count", len(h.cardsOfAll)))
	}
	secrets, soon, signIns := 0, 0, 0
	for _, c := range h.shownCards {
		switch _, mood := daysLeft(c.connection, h.app.now()); mood {
		case widgets.Bad:
			secrets++
		case widgets.Warn:
			soon++
		}
		if needsSignIn(c.connection) {
			signIns++
		}
	}
	if secrets > 0 {
		parts = append(parts, tr("home.count-secret", "Count", secrets))
	}
	if soon > 0 {
		parts = append(parts, tr("home.count-soon", "Count", soon))
	}
	if signIns > 0 {
		parts = append(parts, tr("home.count-sign-in", "Count", signIns))
	}
	h.status.SetText(strings.Join(parts, " · "))
}

func connectionsOf(cards []*card) []store.Connection {
	var all []store.Connection
	for _, c := range cards {
		all = append(all, c.connection)
	}
	return all
}
