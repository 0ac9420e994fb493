package oauth

import (
	"errors"

	"golang.org/x/sys/windows/registry"
)

// internetSettings holds the proxy that was set in Windows: of the user, or of
// the computer where a policy says that all users have the same.
const internetSettings = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`

// settingsPolicy holds that policy, "Make proxy settings per-machine (rather than
// per-user)", as ProxySettingsPerUser with the value 0.
const settingsPolicy = `Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings`

func readSystemProxy() (SystemProxy, error) {
	var p SystemProxy
	err := withKey(settingsOwner(), internetSettings, func(key registry.Key) {
		// What is missing, or of another type, is not set.
		if on, _, err := key.GetIntegerValue("ProxyEnable"); err == nil && on != 0 {
			p.Server, _, _ = key.GetStringValue("ProxyServer")
			p.Except, _, _ = key.GetStringValue("ProxyOverride")
		}
		p.Script, _, _ = key.GetStringValue("AutoConfigURL")
	})
	return p, err
}

// settingsOwner is the part of the registry whose settings are in force.
func settingsOwner() registry.Key {
	owner := registry.CURRENT_USER
	_ = withKey(registry.LOCAL_MACHINE, settingsPolicy, func(key registry.Key) {
		if each, _, err := key.GetIntegerValue("ProxySettingsPerUser"); err == nil && each == 0 {
			owner = registry.LOCAL_MACHINE
		}
	})
	return owner
}

// withKey opens a key for read; a key that is not there is no error.
func withKey(root registry.Key, path string, read func(registry.Key)) error {
	key, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer key.Close()
	read(key)
	return nil
}
