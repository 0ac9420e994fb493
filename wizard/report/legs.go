package report

import (
	"strings"
	"time"

	"postkey/assets"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/handover"
)

type legView struct {
	Title, State, Mood, Where string
	Hops                      []hopView
	Notes                     []string
}

type hopView struct{ Name, State, Mood, Time, Detail, Server string }

type findingView struct {
	Title, What, Who, Delay, Link, Server string
	Fix, Commands, Guidance               []string
	Evidence                              []evidenceView
	IDs                                   []handover.Row
}

// evidenceView is one claim of the token beside what is needed.
type evidenceView struct{ Claim, Name, Needed, Present, State, Mood string }

func (r Report) leg(leg check.LegResult) legView {
	v := legView{Title: r.tr("test-page.leg." + string(leg.Leg))}
	switch _, failed := leg.Failed(); {
	case failed:
		v.State, v.Mood = r.tr("test-page.failed"), "bad"
	case leg.OK():
		v.State, v.Mood = r.tr("test-page.works"), "good"
	case r.Stopped:
		v.State, v.Mood = r.tr("test-page.stopped"), "warn"
	default:
		v.State = r.tr("test-page.not-tested")
	}
	v.Where = r.tr("report.where", "Server", leg.Server, "Login", leg.Login)
	if leg.Login == "" {
		v.Where = r.clean(leg.Server)
	}
	if leg.Took > 0 {
		v.Where += " · " + r.span(leg.Took)
	}
	for _, hop := range leg.Hops {
		v.Hops = append(v.Hops, r.hop(leg, hop))
	}
	for _, note := range leg.Notes {
		v.Notes = append(v.Notes, r.clean(note))
	}
	return v
}

func (r Report) hop(leg check.LegResult, hop check.Hop) hopView {
	v := hopView{Name: r.tr("test-page.hop." + string(hop.Name)), Detail: r.clean(hop.Detail), Server: r.clean(hop.Server)}
	if hop.Name == check.TLS && leg.Leg == check.SMTP && !strings.HasSuffix(leg.Server, ":465") {
		v.Name = r.tr("test-page.hop.starttls")
	}
	switch hop.Status {
	case check.OK:
		v.State, v.Mood, v.Time = r.tr("report.hop-ok"), "good", r.span(hop.Took)
	case check.Failed:
		v.State, v.Mood, v.Time = r.tr("report.hop-failed"), "bad", r.span(hop.Took)
		if v.Server == "" && hop.Err != nil {
			v.Server = r.clean(hop.Err.Error())
		}
	default:
		v.State = r.tr("report.hop-skipped")
	}
	return v
}

func (r Report) finding(f diagnose.Finding) findingView {
	v := findingView{
		Title: r.say(f.Title), What: strings.TrimSpace(r.say(f.What) + " " + r.say(f.Why)),
		Who: r.tr("finding-card.who." + string(who(f))), Delay: r.say(f.Delay), Link: r.clean(f.Link), Server: r.clean(f.Server),
	}
	for _, step := range f.Fix {
		v.Fix = append(v.Fix, r.say(step))
	}
	for _, command := range f.Commands {
		v.Commands = append(v.Commands, r.clean(command))
	}
	for _, advice := range f.Guidance {
		v.Guidance = append(v.Guidance, r.say(advice))
	}
	for _, row := range f.Evidence {
		v.Evidence = append(v.Evidence, r.evidence(row))
	}
	for _, id := range []struct{ key, value string }{
		{"finding-card.correlation", f.CorrelationID}, {"finding-card.trace", f.TraceID}, {"finding-card.timestamp", f.Timestamp},
	} {
		if id.value != "" {
			v.IDs = append(v.IDs, handover.Row{Label: r.tr(id.key), Value: r.clean(id.value)})
		}
	}
	return v
}

func (r Report) evidence(row diagnose.Row) evidenceView {
	v := evidenceView{
		Claim: row.Claim, Name: r.say(row.Label), Needed: r.clean(row.Needed), Present: r.clean(row.Present),
		State: r.tr("evidence.unknown"),
	}
	switch row.State {
	case diagnose.RowRight:
		v.State, v.Mood = r.tr("evidence.right"), "good"
	case diagnose.RowWrong:
		v.State, v.Mood = r.tr("evidence.wrong"), "bad"
	}
	switch {
	case !row.Note.IsZero():
		v.Needed = r.say(row.Note)
	case v.Needed == "":
		v.Needed = r.tr("evidence.any")
	}
	if v.Present == "" {
		v.Present = r.tr("evidence.absent")
	}
	return v
}

// who can mend the finding; whoever reads it where it does not say.
func who(f diagnose.Finding) diagnose.Who {
	switch f.Who {
	case diagnose.Admin, diagnose.Network, diagnose.Microsoft:
		return f.Who
	}
	return diagnose.You
}

// span is a duration as the window shows it: 41 ms, 1.4 s, 38 s.
func (r Report) span(d time.Duration) string {
	switch {
	case d < time.Second:
		return r.tr("test-page.ms", "N", d.Milliseconds())
	case d < 10*time.Second:
		return r.tr("test-page.seconds", "N", assets.Decimal(r.tr("sheet.lang"), d.Seconds()))
	}
	return r.tr("test-page.seconds", "N", int(d.Round(time.Second)/time.Second))
}
