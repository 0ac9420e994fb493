; The installer for Windows: for this user alone, without administrator rights.
; pack.sh gives VERSION, NUMBERS, FILES, ICON, SIDE, OUT and SIGN.
;
; /S installs or uninstalls without asking. Uninstall.exe /S keeps the data
; folder; with /DELETEDATA it is removed too.

Target amd64-unicode
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh

!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Postkey"

Name "Postkey"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Postkey"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetDateSave on
ManifestDPIAware true
BrandingText "Postkey ${VERSION}"
!uninstfinalize '"${SIGN}" "%1"' = 0

VIProductVersion "${NUMBERS}"
VIAddVersionKey /LANG=1033 "ProductName" "Postkey"
VIAddVersionKey /LANG=1033 "CompanyName" "The Postkey Authors"
VIAddVersionKey /LANG=1033 "FileDescription" "Postkey set-up"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "LegalCopyright" "The Postkey Authors, Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_UNWELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\Postkey.exe"
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_FINISHPAGE_TEXT "$(Finished)"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH

!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!define MUI_FINISHPAGE_TITLE_3LINES
!insertmacro MUI_UNPAGE_FINISH

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Italian"

LangString Finished ${LANG_ENGLISH} "Postkey is in the Start menu. In a console it is$\r$\n$INSTDIR\Postkey.exe"
LangString Finished ${LANG_ITALIAN} "Postkey è nel menu Start. In una console è$\r$\n$INSTDIR\Postkey.exe"
LangString Running ${LANG_ENGLISH} "Postkey is open. Close it and try again."
LangString Running ${LANG_ITALIAN} "Postkey è aperto. Chiuderlo e riprovare."
LangString TheProgram ${LANG_ENGLISH} "Postkey"
LangString TheProgram ${LANG_ITALIAN} "Postkey"
LangString TheData ${LANG_ENGLISH} "Data folder"
LangString TheData ${LANG_ITALIAN} "Cartella dati"
LangString AboutProgram ${LANG_ENGLISH} "The program and its entry in the Start menu."
LangString AboutProgram ${LANG_ITALIAN} "Il programma e la sua voce nel menu Start."
LangString AboutData ${LANG_ENGLISH} "Connections, drafts, settings and log in $APPDATA\postkey. The secrets are not there but in the Credential Manager; Settings > Forget everything removes both."
LangString AboutData ${LANG_ITALIAN} "Connessioni, bozze, impostazioni e registro in $APPDATA\postkey. I segreti non sono lì ma in Gestione credenziali; Impostazioni > Dimentica tutto rimuove entrambi."
LangString Secrets ${LANG_ENGLISH} "Client secrets and sign-ins are kept by Windows and stay: Control Panel > Credential Manager > Windows Credentials, names that begin with postkey:. To remove them, cancel now and choose Forget everything in the settings of Postkey first."
LangString Secrets ${LANG_ITALIAN} "Segreti client e accessi sono conservati da Windows e restano: Pannello di controllo > Gestione credenziali > Credenziali Windows, nomi che iniziano con postkey:. Per rimuoverli, annullare e scegliere prima Dimentica tutto nelle impostazioni di Postkey."

; A program that runs cannot be replaced or removed; Windows refuses to open it
; for writing.
!macro NotRunning prefix
  Function ${prefix}NotRunning
    ${If} ${FileExists} "$INSTDIR\Postkey.exe"
      again:
      ClearErrors
      FileOpen $0 "$INSTDIR\Postkey.exe" a
      ${If} ${Errors}
        MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(Running)" /SD IDCANCEL IDRETRY again
        SetErrorLevel 3
        Abort
      ${EndIf}
      FileClose $0
    ${EndIf}
  FunctionEnd
!macroend
!insertmacro NotRunning ""
!insertmacro NotRunning "un."

Section "-Postkey"
  Call NotRunning
  SetOutPath "$INSTDIR"
  File "${FILES}/Postkey.exe"
  File "${FILES}/LICENSE.txt"
  File "${FILES}/LICENSES.txt"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Postkey.lnk" "$INSTDIR\Postkey.exe"
  WriteRegStr HKCU "${KEY}" "DisplayName" "Postkey"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\Postkey.exe"
  WriteRegStr HKCU "${KEY}" "Publisher" "The Postkey Authors"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" $0
SectionEnd

Section "un.$(TheProgram)" Program
  SectionIn RO
  Call un.NotRunning
  Delete "$INSTDIR\Postkey.exe"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\LICENSES.txt"
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Postkey.lnk"
  DeleteRegKey HKCU "${KEY}"
  DetailPrint "$(Secrets)"
SectionEnd

Section /o "un.$(TheData)" Data
  RMDir /r "$APPDATA\postkey"
  RMDir /r "$APPDATA\fyne\io.postkey.Postkey"
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${Program} "$(AboutProgram)"
  !insertmacro MUI_DESCRIPTION_TEXT ${Data} "$(AboutData)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/DELETEDATA" $R1
  ${IfNot} ${Errors}
    SectionGetFlags ${Data} $0
    IntOp $0 $0 | ${SF_SELECTED}
    SectionSetFlags ${Data} $0
  ${EndIf}
  MessageBox MB_OKCANCEL|MB_ICONINFORMATION "$(Secrets)" /SD IDOK IDOK known
    Abort
  known:
FunctionEnd
