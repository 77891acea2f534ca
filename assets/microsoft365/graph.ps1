# Lets Focus Family use one mailbox, @MAILBOX@, and no other, by Microsoft Graph.
# Printed by `focus-family m365 script`. Read it, then run it in PowerShell 7 as an administrator of Entra and of Exchange Online.
# Running it twice does no harm that is not told: each step that exists already stops with its own message.
#
# Before: on the machine where Focus Family runs, make a key that never leaves it, and bring only the .pem file here:
#   openssl req -x509 -newkey rsa:3072 -nodes -days 730 -subj "/CN=focus-family" -keyout focus-family-app.key -out focus-family-app.pem
#   chmod 600 focus-family-app.key

$ErrorActionPreference = 'Stop'
$mailbox = '@MAILBOX@'
$pem = Resolve-Path './focus-family-app.pem'

# Install-Module Microsoft.Graph.Applications, ExchangeOnlineManagement   # once on this computer

# 1. The program's registration. It gets no right at all in Entra: a right given there would hold for every mailbox.
Connect-MgGraph -Scopes 'Application.ReadWrite.All' -NoWelcome
$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem((Get-Content $pem -Raw))
$key = @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData; DisplayName = 'focus-family' }
$app = New-MgApplication -DisplayName 'Focus Family' -SignInAudience 'AzureADMyOrg' -KeyCredentials @($key)
$principal = New-MgServicePrincipal -AppId $app.AppId

# 2. The rights, for this one mailbox only: role based access control for applications.
#    https://learn.microsoft.com/exchange/permissions-exo/application-rbac
Connect-ExchangeOnline -ShowBanner:$false
New-ServicePrincipal -AppId $app.AppId -ObjectId $principal.Id -DisplayName 'Focus Family'
New-ManagementScope -Name 'Focus Family mailbox' -RecipientRestrictionFilter "PrimarySmtpAddress -eq '$mailbox'"
New-ManagementRoleAssignment -App $principal.Id -Role 'Application Mail.ReadWrite' -CustomResourceScope 'Focus Family mailbox'
New-ManagementRoleAssignment -App $principal.Id -Role 'Application Mail.Send' -CustomResourceScope 'Focus Family mailbox'

# 3. Proof: `InScope` must be True for this mailbox, and False for any other you try.
Test-ServicePrincipalAuthorization -Identity $principal.Id -Resource $mailbox | Format-Table RoleName, InScope

# 4. Into focus-family.toml. New rights take up to two hours until they hold.
Write-Output @"
[[mailboxes]]
name = "nominations"
kind = "graph"
user = "$mailbox"
tenant = "$((Get-MgContext).TenantId)"
client_id = "$($app.AppId)"
certificate_file = "focus-family-app.pem"
key_file = "focus-family-app.key"
folders = ["inbox"]
processed = "Processed"
junk = "junkemail"
trust = "border_results"
border_servers = ["exchange-online"]
"@
