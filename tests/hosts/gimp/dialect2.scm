; SPDX-License-Identifier: Apache-2.0
; Copyright the Burin authors
; What cases.scm calls and GIMP 2.10 and 3 call differently: here 2.10.

(define (new-layer image name width height)
  (car (gimp-layer-new image width height (if (grey? image) 2 0) name 100 LAYER-MODE-NORMAL)))
(define (new-group image name)
  (let ((group (car (gimp-layer-group-new image))))
    (gimp-item-set-name group name)
    group))
(define (new-channel image name)
  (car (gimp-channel-new image (car (gimp-image-width image)) (car (gimp-image-height image)) name
                         50 '(0 0 0))))
(define (grey? image) (= (car (gimp-image-base-type image)) GRAY))
(define (width-of drawable) (car (gimp-drawable-width drawable)))
(define (height-of drawable) (car (gimp-drawable-height drawable)))
(define (offsets-of drawable) (gimp-drawable-offsets drawable))
(define (layer-count image) (car (gimp-image-get-layers image)))
(define (layers-of image) (vector->list (cadr (gimp-image-get-layers image))))
(define (children-of group) (vector->list (cadr (gimp-item-get-children group))))
(define (active-layer image) (car (gimp-image-get-active-layer image)))
; The colour that is seen on the canvas, 8 bit.
(define (seen image x y)
  (gimp-displays-flush)
  (car (gimp-image-pick-color image (car (gimp-image-get-active-drawable image)) x y TRUE FALSE 0)))
; A value as it is stored, 0 to 255 (of 16 bits the upper 8); coordinates of the drawable.
(define (pixel drawable x y channel)
  (let* ((channels (+ (if (yes? (car (gimp-drawable-is-rgb drawable))) 3 1)
                      (if (yes? (car (gimp-drawable-has-alpha drawable))) 1 0)))
         (bytes (/ (car (gimp-drawable-bpp drawable)) channels)))
    (aref (cadr (gimp-drawable-get-pixel drawable x y)) (- (* (+ channel 1) bytes) 1))))
(define (mask-value mask x y) (pixel mask x y 0))
(define (yes? answer) (= answer TRUE))

(define (record-of layer) (caddr (car (gimp-item-get-parasite layer "burin-layer"))))
(define (set-profile image file)
  (gimp-image-set-color-profile-from-file image (string-append "file://" file)))
(define (has-profile? image) (= (length (car (gimp-image-get-parasite image "icc-profile"))) 3))
; The opposite of brown, which the profile wide.icc stores as 174, 99, 52 (by lcms2), as it is stored.
(define opposite-in-profile '(81 156))
(define (save image file) (gimp-xcf-save RUN-NONINTERACTIVE image (active-layer image) file file))
(define (load-image file) (car (gimp-file-load RUN-NONINTERACTIVE file file)))

; --- the plug-in --------------------------------------------------------------------------------

(define (detail-faces image layer prompt seed options)
  (plug-in-burin-detail-faces RUN-NONINTERACTIVE image layer "" prompt 0 0 seed options))
(define (detail-faces-again image layer)
  (plug-in-burin-detail-faces RUN-WITH-LAST-VALS image layer "" "" 0 0 "" ""))
(define (detail-selection image layer seed options)
  (plug-in-burin-detail-selection RUN-NONINTERACTIVE image layer "" "" 0 0 seed options))
(define (edit image layer prompt seed options)
  (car (plug-in-burin-edit-layer RUN-NONINTERACTIVE image layer "" prompt 0 0 seed options)))
(define (re-roll image layer) (car (plug-in-burin-reroll-layer RUN-NONINTERACTIVE image layer)))
(define (release-memory) (plug-in-burin-release-memory RUN-NONINTERACTIVE))

; What only this GIMP has.
(define (case-floating)
  (let* ((image (new-image 160 120 rgb u8)) (layer (add-layer image 0 0 160 120 brown)))
    (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 0 0 50 50)
    (let ((floating (car (gimp-selection-float layer 0 0))))
      (check "a floating selection: refused"
             (refused? "A floating selection is active; anchor it or make it a layer first."
                       (detail-faces image floating "" "2" "")))
      (gimp-floating-sel-anchor floating))
    (gimp-image-delete image)))

(define own-cases '(case-floating))
