# Lets Focus Family use one mailbox, @MAILBOX@, and no other, by IMAP with access tokens.
# Printed by `focus-family m365 script --protocol imap`. Read it, then run it in PowerShell 7 as an administrator of Entra and of
# Exchange Online. Microsoft Graph needs fewer rights: choose IMAP only when Graph is not allowed.
#
# Before: on the machine where Focus Family runs, make a key that never leaves it, and bring only the .pem file here:
#   openssl req -x509 -newkey rsa:3072 -nodes -days 730 -subj "/CN=focus-family" -keyout focus-family-app.key -out focus-family-app.pem
#   chmod 600 focus-family-app.key

$ErrorActionPreference = 'Stop'
$mailbox = '@MAILBOX@'
$pem = Resolve-Path './focus-family-app.pem'

# Install-Module Microsoft.Graph.Applications, ExchangeOnlineManagement   # once on this computer

# 1. The program's registration, with the one right to sign in by IMAP as itself.
#    https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
Connect-MgGraph -Scopes 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All' -NoWelcome
$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem((Get-Content $pem -Raw))
$key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = 'focus-family' }
$app = New-MgApplication -DisplayName 'Focus Family' -SignInAudience 'AzureADMyOrg' -KeyCredentials @($key)
$principal = New-MgServicePrincipal -AppId $app.AppId
$exchange = Get-MgServicePrincipal -Filter "appId eq '00000002-0000-0ff1-ce00-000000000000'"
$right = $exchange.AppRoles | Where-Object Value -eq 'IMAP.AccessAsApp'
New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id -ResourceId $exchange.Id -AppRoleId $right.Id

# 2. The mailbox: without this line the sign-in opens nothing.
Connect-ExchangeOnline -ShowBanner:$false
New-ServicePrincipal -AppId $app.AppId -ObjectId $principal.Id -DisplayName 'Focus Family'
Add-MailboxPermission -Identity $mailbox -User $principal.Id -AccessRights FullAccess
Set-CASMailbox -Identity $mailbox -ImapEnabled $true

# 3. Into focus-family.toml. New rights take up to two hours until they hold.
Write-Output @"
[[mailboxes]]
name = "nominations"
kind = "imap"
host = "outlook.office365.com"
username = "$mailbox"
login = "client_certificate"
tenant = "$((Get-MgContext).TenantId)"
client_id = "$($app.AppId)"
certificate_file = "focus-family-app.pem"
key_file = "focus-family-app.key"
folders = ["INBOX"]
processed = "Processed"
junk = "Junk Email"
trust = "border_results"
border_servers = ["exchange-online"]
"@
