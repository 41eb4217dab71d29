// Runs before anything is painted, so that no wrong theme flashes up. Classic script: modules come too late.
(() => {
  const kept = () => {
    try {
      return localStorage.getItem("aegis-theme");
    } catch {
      return null; // storage may be switched off; then the system decides
    }
  };
  const chosen = kept();
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
