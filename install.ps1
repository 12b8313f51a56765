# Puts labctl into %LOCALAPPDATA%\Programs\labctl, or where LABCTL_BIN says, and that folder into the PATH of this user.
# For Windows PowerShell 5.1 and PowerShell 7:
#   irm https://github.com/labctl/labctl/releases/latest/download/install.ps1 | iex
# LABCTL_FROM names another place to download from: a folder that .ci/dist made, behind any web server. What was downloaded must
# have the checksum that SHA256SUMS there has for it; otherwise nothing is installed.

function Install-Labctl {
    $ErrorActionPreference = 'Stop'
    # In 5.1, drawing the bar takes longer than the download.
    $ProgressPreference = 'SilentlyContinue'
    $name = 'labctl-x86_64-pc-windows-gnu'
    $archive = "$name.zip"
    $from = 'https://github.com/labctl/labctl/releases/latest/download'
    if ($env:LABCTL_FROM) { $from = $env:LABCTL_FROM }
    if ($env:OS -ne 'Windows_NT' -or -not [Environment]::Is64BitOperatingSystem) {
        throw 'labctl was not installed: this is for 64-bit Windows; elsewhere there is install.sh'
    }
    $bin = Join-Path $env:LOCALAPPDATA 'Programs\labctl'
    if ($env:LABCTL_BIN) { $bin = $env:LABCTL_BIN }
    # 5.1 may offer only what servers no longer take.
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $work = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    New-Item -ItemType Directory -Path $work | Out-Null
    try {
        Invoke-WebRequest -UseBasicParsing -Uri "$from/SHA256SUMS" -OutFile (Join-Path $work 'SHA256SUMS')
        $pattern = '^[0-9a-f]{64} [ *]' + [regex]::Escape($archive) + '$'
        $lines = @(Get-Content -LiteralPath (Join-Path $work 'SHA256SUMS') | Where-Object { $_ -cmatch $pattern })
        if ($lines.Count -ne 1) { throw "labctl was not installed: SHA256SUMS has no checksum of $archive" }
        $wanted = $lines[0].Substring(0, 64)
        Invoke-WebRequest -UseBasicParsing -Uri "$from/$archive" -OutFile (Join-Path $work $archive)
        $found = (Get-FileHash -Algorithm SHA256 -LiteralPath (Join-Path $work $archive)).Hash.ToLowerInvariant()
        if ($found -cne $wanted) {
            throw "labctl was not installed: $archive is not what it should be: its checksum is $found, and SHA256SUMS says $wanted"
        }
        Expand-Archive -LiteralPath (Join-Path $work $archive) -DestinationPath $work
        $new = Join-Path (Join-Path $work $name) 'labctl.exe'
        $version = & $new --version
        if ($LASTEXITCODE -ne 0) { throw 'labctl was not installed: the program does not run here' }
        New-Item -ItemType Directory -Force -Path $bin | Out-Null
        $program = Join-Path $bin 'labctl.exe'
        Copy-Item -Force -LiteralPath $new -Destination "$program.new"
        # Windows lets nobody write over a program that runs, but it can be renamed; the next installation removes it.
        Remove-Item -Force -Path "$program.*.old" -ErrorAction SilentlyContinue
        if (Test-Path -LiteralPath $program) {
            Move-Item -LiteralPath $program -Destination "$program.$([IO.Path]::GetRandomFileName()).old"
        }
        Move-Item -LiteralPath "$program.new" -Destination $program
        Write-Output "installed $version as $program"
    }
    finally {
        Remove-Item -Recurse -Force -LiteralPath $work -ErrorAction SilentlyContinue
    }
    # The registry itself: what PATH says with %NAMES% in it must stay so.
    $key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
    $path = [string]$key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    $folders = @($path -split ';' | Where-Object { $_ })
    if ($folders -notcontains $bin) {
        $key.SetValue('Path', (($folders + $bin) -join ';'), [Microsoft.Win32.RegistryValueKind]::ExpandString)
        # Any change made so tells the desktop to read the environment again.
        [Environment]::SetEnvironmentVariable('LABCTL_INSTALLED', $null, 'User')
    }
    $key.Dispose()
    if (($env:Path -split ';') -notcontains $bin) { $env:Path = "$env:Path;$bin" }
    Write-Output 'next: labctl doctor (in windows that are open already, only this one knows the command)'
    Write-Output "completions: labctl completions powershell | Out-String | Invoke-Expression (and put that line into `$PROFILE)"
}

# The last line: a download of this very script that was cut off does nothing.
Install-Labctl
