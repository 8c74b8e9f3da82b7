// Tells the portal that the installation is done. BX24 is the vendor's script; outside a portal's frame it is not there.
if (window.BX24) window.BX24.init(() => window.BX24.installFinish());
