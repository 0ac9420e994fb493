package terminal

import (
	"context"
	"strings"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard"
	"postkey/wizard/scripts"
)

// forScript is what is typed at the client ID for a script in its place.
const forScript = "!"

// script offers the app registration as a script, and takes what that printed.
func (w *Wizard) script(ctx context.Context) error {
	const onward, show, save, paste = "onward", "show ", "save ", "paste"
	w.title(w.tr("script.heading"))
	w.note(w.tr("script.sentence"))
	if w.Bench.Practice {
		w.warn(assets.Msg("script.practice-title"))
		w.note(w.tr("script.practice-text"))
	}
	if !w.draft.AppOnly() {
		if err := w.askText(ctx, w.redirectText()); err != nil {
			return w.unlessBack(err)
		}
	}
	for {
		options := []option{{id: onward, label: w.tr("terminal.onward")}}
		for _, tool := range scripts.Tools() {
			name, detail := w.tr("script."+string(tool)), w.tr("script."+string(tool)+"-detail")
			options = append(options,
				option{id: show + string(tool), label: w.tr("terminal.script-show", "Tool", name), detail: detail},
				option{id: save + string(tool), label: w.tr("terminal.script-save", "Tool", name)})
		}
		options = append(options, option{id: paste, label: w.tr("script.take")})
		id, err := w.choose(ctx, choice{title: assets.Msg("script.link"), options: options, current: onward})
		switch {
		case err != nil || id == onward:
			return w.unlessBack(err)
		case id == paste:
			var taken bool
			if taken, err = w.takeScript(ctx); taken {
				return err
			}
		case strings.HasPrefix(id, show):
			w.showScript(scripts.Tool(strings.TrimPrefix(id, show)))
		default:
			err = w.saveScript(ctx, scripts.Tool(strings.TrimPrefix(id, save)))
		}
		if err != nil {
			return err
		}
	}
}

// appName is the display name that the registration should get.
func (w *Wizard) appName() string {
	product, _ := w.Bench.Catalog.Product(w.draft.Product)
	if own := wizard.CleanField(wizard.FieldName, w.draft.Name); own != "" {
		return w.tr("pages.display-name", "Product", product.SuggestedName, "Name", own)
	}
	return product.SuggestedName
}

// written is the script, or false where a value keeps it from being written,
// which has been told.
func (w *Wizard) written(tool scripts.Tool) (scripts.Registration, string, bool) {
	r := w.draft.Script(w.appName(), w.check)
	text, err := r.Script(tool)
	if err != nil {
		w.wrong(assets.Msg("script.save-failed", "Error", err.Error()))
	}
	return r, text, err == nil
}

func (w *Wizard) showScript(tool scripts.Tool) {
	r, text, ok := w.written(tool)
	if !ok {
		return
	}
	makes := "script.makes"
	if w.draft.AppOnly() {
		makes = "script.makes-app-only"
	}
	w.note(w.tr(makes, "Name", r.Name, "URIs", len(r.RedirectURIs), "Permissions", len(r.Permissions)))
	if !r.Desktop {
		w.note(w.tr("script.makes-secret", "Date", r.SecretEnds))
	}
	w.line()
	w.command(text)
	id := wizard.CleanField(wizard.FieldClientID, w.draft.ClientID)
	if p := w.draft.CheckField(wizard.FieldClientID, w.check); p != nil && !p.Warning {
		return // there is nothing to verify yet
	}
	for _, more := range []struct {
		key  string
		text func(scripts.Tool, string) (string, error)
	}{{"script.verify", r.Verify}, {"script.undo", r.Undo}} {
		if text, err := more.text(tool, id); err == nil {
			w.line()
			w.note(w.tr(more.key))
			w.command(text)
		}
	}
}

func (w *Wizard) saveScript(ctx context.Context, tool scripts.Tool) error {
	_, text, ok := w.written(tool)
	if !ok {
		return nil
	}
	_, err := w.keepFile(ctx, "postkey-register"+tool.Ending(), tool.File(text))
	return err
}

// takeScript reads what the script printed, without echo since the client secret
// is in it, and fills steps 2 to 4. Taken is false where it said what is wrong.
func (w *Wizard) takeScript(ctx context.Context) (taken bool, err error) {
	hint := "script.paste-hint"
	if w.draft.Platform == wizard.PlatformDesktop {
		hint = "script.paste-hint-desktop"
	}
	w.title(w.tr("script.paste"))
	w.note(w.tr(hint))
	w.note(w.tr("terminal.paste-end") + " " + w.tr("terminal.no-echo"))
	output, err := w.pasted(ctx, w.Console.Secret)
	if err != nil {
		return false, w.unlessBack(err)
	}
	secret, wrong := w.draft.TakeScript(output, w.check)
	if wrong != nil {
		w.wrong(wrong.Message)
		return false, nil
	}
	if !secret.IsZero() {
		w.draft.Certificate, w.toCertify = nil, false // the script made a secret
		_, err = w.keepSecret(ctx, secret)
	}
	return true, err
}

// keepSecret puts the client secret into the keyring, or says why it could not.
func (w *Wizard) keepSecret(ctx context.Context, secret oauth.Secret) (kept bool, err error) {
	if err := w.Bench.PutSecret(ctx, w.draft.ID, secret); err != nil {
		return false, w.unlessOver(ctx, err)
	}
	w.draft.HasSecret = true
	w.note(w.tr("pages.kept") + ".")
	return true, nil
}

// pasted takes lines to the one that ends them; < is errBack.
func (w *Wizard) pasted(ctx context.Context, read func(context.Context, string) (string, error)) (string, error) {
	var all strings.Builder
	for {
		line, err := read(ctx, "| ")
		if err != nil {
			return "", ended(ctx, err)
		}
		switch strings.TrimSpace(line) {
		case "<":
			return "", errBack
		case endOfPaste:
			return all.String(), nil
		}
		all.WriteString(line + "\n")
	}
}
