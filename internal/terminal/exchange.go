package terminal

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"postkey/assets"
	"postkey/wizard/exchange"
	"postkey/wizard/scripts"
)

// setup is what Exchange Online has to be told; false where it cannot be said yet.
func (w *Wizard) setup() (exchange.Setup, bool) {
	c, err := w.draft.Connection()
	if err != nil { // as far as it can be read
		c.ClientID, c.Cloud = w.draft.ClientID, w.draft.Cloud
	}
	s, err := exchange.SetupOf(w.Bench.Catalog, c)
	return s, err == nil
}

// objectID prints the commands that find the Object ID.
func (w *Wizard) objectID() {
	s, ok := w.setup()
	if !ok {
		return
	}
	commands, err := exchange.ObjectIDCommands(s)
	if err != nil {
		return
	}
	for _, tool := range scripts.Tools() {
		w.note(w.tr("apponly.object-id-command", "Tool", w.tr("script."+string(tool))) + ":")
		w.command(commands[tool])
	}
}

// askExchange offers the commands for Exchange Online until one goes on.
func (w *Wizard) askExchange(ctx context.Context) error {
	const onward, show, keep, compare, rbac, policy = "onward", "show", "save", "compare", exchange.FenceRBAC, exchange.FencePolicy
	w.title(w.tr("apponly.exchange-title"))
	w.note(w.tr("apponly.exchange-text"))
	if w.Bench.Practice {
		w.warn(assets.Msg("apponly.exchange-practice"))
		w.note(w.tr("apponly.exchange-practice-text"))
	}
	for {
		s, ok := w.setup()
		if !ok {
			return nil
		}
		all := exchange.Scripts(s)
		options := []option{
			{id: onward, label: w.tr("terminal.onward")},
			{id: show, label: w.tr("terminal.scripts-show")},
			{id: keep, label: w.tr("terminal.scripts-save")},
			{id: compare, label: w.tr("apponly.paste")},
		}
		if slices.ContainsFunc(all, func(s exchange.Script) bool { return s.Fence == policy }) {
			other := option{id: policy, label: w.tr("apponly.fence-policy"), detail: w.tr("apponly.legacy")}
			if w.fence == policy {
				other = option{id: rbac, label: w.tr("apponly.fence-rbac"), pill: w.tr("pages.recommended")}
			}
			options = append(options, other)
		}
		id, err := w.choose(ctx, choice{title: assets.Msg("apponly.exchange"), options: options, current: onward})
		switch {
		case err != nil || id == onward:
			return err
		case id == show:
			w.showScripts(all)
		case id == keep:
			err = w.saveScripts(ctx, all)
		case id == compare:
			err = w.compare(ctx)
		default:
			w.fence = id
		}
		if err != nil {
			return err
		}
	}
}

// chosen are the scripts of the way that was chosen to fence the application in.
func (w *Wizard) chosen(all []exchange.Script) []exchange.Script {
	fence := w.fence
	if fence == "" {
		fence = exchange.FenceRBAC
	}
	return slices.DeleteFunc(slices.Clone(all), func(s exchange.Script) bool { return s.Fence != "" && s.Fence != fence })
}

// showScripts prints the commands in the order in which they are run.
func (w *Wizard) showScripts(all []exchange.Script) {
	w.note(w.tr("apponly.exchange-sentence"))
	for i, s := range w.chosen(all) {
		w.title(w.tr("apponly.step", "Number", i+1, "Title", s.Title))
		w.note(w.text(s.Why))
		if s.Legacy {
			w.warn(assets.Msg("apponly.legacy"))
		}
		if len(s.Missing) > 0 {
			w.warn(assets.Msg("apponly.script-waits", "Names", strings.Join(w.missing(s), ", ")))
		}
		for _, part := range []struct {
			key  string
			part exchange.Part
		}{{"apponly.part-do", exchange.Do}, {"apponly.part-verify", exchange.Verify}, {"apponly.part-undo", exchange.Undo}} {
			if text := s.Text(part.part); text != "" {
				w.note(w.tr(part.key) + ":")
				w.command(text)
			}
		}
	}
}

// missing names the values that a script waits for.
func (w *Wizard) missing(s exchange.Script) []string {
	words := map[exchange.Value]string{
		exchange.ValueClientID: "pages.client-id", exchange.ValueObjectID: "apponly.object-id",
		exchange.ValueReach: "apponly.mailbox", exchange.ValueGroup: "apponly.group", exchange.ValueScope: "apponly.scope",
	}
	var names []string
	for _, v := range s.Missing {
		names = append(names, w.tr(words[v]))
	}
	return names
}

// saveScripts writes each part of each script into a folder.
func (w *Wizard) saveScripts(ctx context.Context, all []exchange.Script) error {
	w.title(w.tr("save-file.folder"))
	typed, err := w.read(ctx, "[.] > ")
	if err != nil {
		return w.unlessBack(err)
	}
	folder := at(typed, ".")
	type file struct {
		path    string
		content []byte
	}
	var files []file
	var there []string
	for _, s := range w.chosen(all) {
		for _, part := range []exchange.Part{exchange.Do, exchange.Verify, exchange.Undo} {
			if s.Text(part) == "" {
				continue
			}
			path := filepath.Join(folder, s.FileName(part))
			files = append(files, file{path, s.File(part)})
			if _, err := os.Stat(path); err == nil {
				there = append(there, filepath.Base(path))
			}
		}
	}
	if len(there) > 0 {
		replace, err := w.confirm(ctx, assets.Msg("terminal.replace-all", "Count", len(there), "Names", strings.Join(there, ", ")))
		if err != nil || !replace {
			return w.unlessBack(err)
		}
	}
	for _, f := range files {
		if !w.putFile(f.path, f.content) {
			return nil
		}
	}
	return nil
}

// command prints commands whole, to be copied.
func (w *Wizard) command(text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		w.line("    ", plain(line))
	}
}
