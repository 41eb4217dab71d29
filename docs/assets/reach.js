// What scrolls sideways on a small screen can be reached by keyboard (WCAG 2.1, 2.1.1).
document.addEventListener("DOMContentLoaded", () => {
  const reach = () => {
    for (const one of document.querySelectorAll(".md-typeset__scrollwrap, figure.drawing, .md-typeset pre > code")) {
      if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    }
  };
  reach();
  addEventListener("load", reach);
  addEventListener("resize", reach);
});
