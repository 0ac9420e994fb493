//go:build wine

package wine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSetup installs silently, runs what was installed, and uninstalls silently:
// first keeping the data folder, then with it.
func TestSetup(t *testing.T) {
	m := newMachine(t)
	setup, _ := m.put(dist(t, "*-setup.exe"), "setup.exe")
	installed := func() string { return m.users("AppData", "Local", "Programs", "Postkey") }
	start := func() string {
		return m.users("AppData", "Roaming", "Microsoft", "Windows", "Start Menu", "Programs", "Postkey.lnk")
	}
	data := func() string { return m.users("AppData", "Roaming", "postkey") }
	const key = `HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Postkey`

	for _, remove := range []struct {
		argument  string
		keepsData bool
	}{{"/S", true}, {"/S /DELETEDATA", false}} {
		if o := m.run(nil, setup, "/S"); o.Status != 0 {
			t.Fatalf("setup /S: %+v", o)
		}
		for _, file := range []string{"Postkey.exe", "Uninstall.exe", "LICENSE.txt", "LICENSES.txt"} {
			if !exists(filepath.Join(installed(), file)) {
				t.Errorf("%s was not installed", file)
			}
		}
		if !exists(start()) {
			t.Error("there is no entry in the Start menu")
		}
		entry := m.run(nil, "reg", "query", key)
		for _, want := range []string{"DisplayName", "DisplayVersion", "UninstallString", "QuietUninstallString", "EstimatedSize"} {
			if !strings.Contains(entry.Out, want) {
				t.Errorf("the system's list of programs has no %s:\n%s", want, entry.Out)
			}
		}
		exe := `C:\` + strings.ReplaceAll(strings.TrimPrefix(installed(), m.drive+"/"), "/", `\`) + `\Postkey.exe`
		if o := m.run(nil, exe, "version"); o.Status != 0 || !strings.HasPrefix(o.Out, "postkey ") {
			t.Errorf("what was installed says %+v", o)
		}
		if err := os.MkdirAll(data(), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data(), "connections.json"), []byte(`{"version":1,"connections":[]}`), 0o600); err != nil {
			t.Fatal(err)
		}

		// The uninstaller goes on in a copy of itself, so that its end is not the end.
		uninstall := strings.TrimSuffix(exe, "Postkey.exe") + "Uninstall.exe"
		if o := m.run(nil, uninstall, strings.Fields(remove.argument)...); o.Status != 0 {
			t.Fatalf("uninstall %s: %+v", remove.argument, o)
		}
		m.until("the program is removed", func() bool { return !exists(installed()) })
		m.until("the entry in the Start menu is removed", func() bool { return !exists(start()) })
		m.until("the list of programs has it no more", func() bool { return m.run(nil, "reg", "query", key).Status != 0 })
		if !remove.keepsData {
			m.until("the data folder is removed", func() bool { return !exists(data()) })
		}
		if exists(data()) != remove.keepsData {
			t.Errorf("uninstall %s: the data folder is there: %t", remove.argument, exists(data()))
		}
	}
}

// TestSetupWhileOpen: while Postkey is open, neither the installer nor the
// uninstaller touches it.
func TestSetupWhileOpen(t *testing.T) {
	m := newMachine(t)
	setup, _ := m.put(dist(t, "*-setup.exe"), "setup.exe")
	if o := m.run(nil, setup, "/S"); o.Status != 0 {
		t.Fatalf("setup /S: %+v", o)
	}
	folder := m.users("AppData", "Local", "Programs", "Postkey")
	exe := `C:\` + strings.ReplaceAll(strings.TrimPrefix(folder, m.drive+"/"), "/", `\`) + `\Postkey.exe`
	_, ended := m.start(exe)
	w := &walk{machine: m, data: filepath.Join(m.drive, "data"), ended: ended}
	w.await("shown", "page=home")
	w.window = m.desktop.Window(m.ctx, "^Postkey$")
	if o := m.run(nil, setup, "/S"); o.Status == 0 {
		t.Errorf("it was installed over the open program: %+v", o)
	}
	if !exists(filepath.Join(folder, "Postkey.exe")) {
		t.Error("the open program is gone")
	}
	w.window.Close(m.ctx)
	if err := <-ended; err != nil {
		t.Errorf("Postkey ended with %v", err)
	}
	if o := m.run(nil, setup, "/S"); o.Status != 0 {
		t.Errorf("after it was closed: %+v", o)
	}
}
