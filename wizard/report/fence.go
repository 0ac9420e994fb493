package report

import (
	"strings"

	"postkey/assets"
	"postkey/wizard/check"
	"postkey/wizard/handover"
)

// fence lists the mailboxes of a fence: those that are not as wanted first, with
// what the server said.
func (r Report) fence() factsView {
	var wrong, right []handover.Row
	for _, row := range r.Fence.Rows {
		want := assets.Msg("apponly.want-reachable")
		if row.Want == check.FenceRefused {
			want = assets.Msg("apponly.want-refused")
		}
		out := handover.Row{
			Label: r.clean(row.Address),
			Words: strings.ToUpper(string(row.Leg)) + ": " + r.say(found(row)) + ", " + r.say(want),
		}
		if row.OK() {
			right = append(right, out)
			continue
		}
		if row.Server != "" {
			out.Words += ". " + r.clean(row.Server)
		}
		wrong = append(wrong, out)
	}
	return factsView{r.tr("apponly.fence-heading"), append(wrong, right...)}
}

// found is the word for what was found of a mailbox.
func found(row check.FenceRow) assets.Message {
	switch row.Got {
	case check.FenceReachable:
		if row.Want == check.FenceRefused {
			return assets.Msg("apponly.got-open")
		}
		return assets.Msg("apponly.got-reachable")
	case check.FenceRefused:
		return assets.Msg("apponly.got-refused")
	case check.FenceFailed:
		if row.Missing() {
			return assets.Msg("apponly.got-missing")
		}
	}
	return assets.Msg("apponly.got-failed")
}
